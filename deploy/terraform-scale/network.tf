# Two zones: the balancer in public subnets, cores and database in private ones.

data "aws_availability_zones" "here" {
  state = "available"
}

resource "aws_vpc" "bisik" {
  cidr_block           = "10.40.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true

  tags = {
    Name = var.name
  }
}

# No rule: what no group allows is refused.
resource "aws_default_security_group" "none" {
  vpc_id = aws_vpc.bisik.id
}

resource "aws_internet_gateway" "bisik" {
  vpc_id = aws_vpc.bisik.id
}

resource "aws_subnet" "public" {
  count             = 2
  vpc_id            = aws_vpc.bisik.id
  cidr_block        = "10.40.${count.index}.0/24"
  availability_zone = data.aws_availability_zones.here.names[count.index]
}

resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.bisik.id
  cidr_block        = "10.40.${count.index + 10}.0/24"
  availability_zone = data.aws_availability_zones.here.names[count.index]
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.bisik.id
}

resource "aws_route" "public" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.bisik.id
}

resource "aws_route_table_association" "public" {
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}

# The way out of the cores, for pushes: one in each zone, so that the loss of a zone takes none from the other.
resource "aws_eip" "out" {
  count  = 2
  domain = "vpc"
}

resource "aws_nat_gateway" "out" {
  count         = 2
  allocation_id = aws_eip.out[count.index].id
  subnet_id     = aws_subnet.public[count.index].id
}

resource "aws_route_table" "private" {
  count  = 2
  vpc_id = aws_vpc.bisik.id
}

resource "aws_route" "private" {
  count                  = 2
  route_table_id         = aws_route_table.private[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.out[count.index].id
}

resource "aws_route_table_association" "private" {
  count          = 2
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private[count.index].id
}

# Files do not pass through the gateways that cost by the byte.
resource "aws_vpc_endpoint" "files" {
  vpc_id            = aws_vpc.bisik.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = aws_route_table.private[*].id
}

resource "aws_security_group" "balancer" {
  name        = "${var.name}-balancer"
  description = "Bisik: the load balancer"
  vpc_id      = aws_vpc.bisik.id
}

resource "aws_vpc_security_group_ingress_rule" "balancer" {
  for_each          = toset(["80", "443"])
  security_group_id = aws_security_group.balancer.id
  description       = "People"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "To the cores"
  referenced_security_group_id = aws_security_group.core.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

# A cipher listens on 127.0.0.1 of its task, which it shares with its core alone: no rule here can open it.
resource "aws_security_group" "core" {
  name        = "${var.name}-core"
  description = "Bisik: the tasks of chat-core and cipher-service"
  vpc_id      = aws_vpc.bisik.id
}

resource "aws_vpc_security_group_ingress_rule" "core" {
  security_group_id            = aws_security_group.core.id
  description                  = "From the load balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}

resource "aws_vpc_security_group_egress_rule" "database" {
  security_group_id            = aws_security_group.core.id
  description                  = "To the database"
  referenced_security_group_id = aws_security_group.database.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.core.id
  description       = "Push services, files, secrets and logs"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_security_group" "database" {
  name        = "${var.name}-database"
  description = "Bisik: the database"
  vpc_id      = aws_vpc.bisik.id
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  security_group_id            = aws_security_group.database.id
  description                  = "From the cores"
  referenced_security_group_id = aws_security_group.core.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}
