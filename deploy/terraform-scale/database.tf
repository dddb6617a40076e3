# PostgreSQL with a standby in another zone: a commit is on the disks of both before it is acknowledged, and the standby takes over by
# itself, at the same address.

resource "aws_db_subnet_group" "bisik" {
  name       = var.name
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_db_parameter_group" "bisik" {
  name   = "${var.name}-postgres17"
  family = "postgres17"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  # No value of a statement in the log.
  parameter {
    name  = "log_min_error_statement"
    value = "panic"
  }
}

resource "aws_db_instance" "bisik" {
  identifier                  = var.name
  engine                      = "postgres"
  engine_version              = "17"
  instance_class              = var.database_class
  allocated_storage           = var.database_gigabytes
  max_allocated_storage       = 4 * var.database_gigabytes
  storage_type                = "gp3"
  storage_encrypted           = true
  multi_az                    = true
  db_name                     = "bisik"
  username                    = "administrator"
  manage_master_user_password = true
  db_subnet_group_name        = aws_db_subnet_group.bisik.name
  vpc_security_group_ids      = [aws_security_group.database.id]
  parameter_group_name        = aws_db_parameter_group.bisik.name
  publicly_accessible         = false
  ca_cert_identifier          = "rds-ca-rsa2048-g1"
  backup_retention_period     = 14
  copy_tags_to_snapshot       = true
  deletion_protection         = true
  skip_final_snapshot         = false
  final_snapshot_identifier   = "${var.name}-last"
  auto_minor_version_upgrade  = true
}
