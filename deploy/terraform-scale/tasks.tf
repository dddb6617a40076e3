# A task is one core with its cipher: both share 127.0.0.1, so that no other task reaches the cipher.

resource "aws_cloudwatch_log_group" "bisik" {
  name              = "/${var.name}"
  retention_in_days = var.log_days
}

resource "aws_ecs_cluster" "bisik" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

locals {
  hardened = {
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
  }

  logs = {
    for name in ["keys", "cipher", "core", "operator", "prepare"] : name => {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.bisik.name
        "awslogs-region"        = var.region
        "awslogs-stream-prefix" = name
      }
    }
  }

  secret = { for name, one in aws_secretsmanager_secret.all : name => one.arn }

  environment = merge({
    CIPHER_URL           = "https://127.0.0.1:8443"
    DATABASE_URL_FILE    = "/settings/database-url"
    FILES_URL            = "s3://${aws_s3_bucket.files.bucket}"
    FILES_S3_REGION      = var.region
    FILES_S3_KEY_ID_FILE = "/settings/files-key-id"
    FILES_S3_SECRET_FILE = "/settings/files-secret"
    PUBLIC_URL           = "https://${var.hostname}"
    REGISTRATION         = "invite"
    TRUSTED_PROXIES      = join(",", [for subnet in aws_subnet.public : "${subnet.cidr_block}=X-Forwarded-For"])
    DRAIN_SECONDS        = "20"
  }, var.settings)

  # Writes the secrets into volumes that live as long as the task, makes its certificates, and ends. It alone has all of them, and is root
  # for their owners.
  keys = {
    name       = "keys"
    image      = var.cipher_image
    essential  = false
    user       = "0"
    entryPoint = ["sh", "-euc"]
    command    = [file("${path.module}/keys.sh")]
    secrets = [
      { name = "KEYRING", valueFrom = local.secret["keyring"] },
      { name = "TOKEN_KEY", valueFrom = "${local.secret["core-keys"]}:token::" },
      { name = "STORAGE_KEY", valueFrom = "${local.secret["core-keys"]}:storage::" },
      { name = "PUSH_KEY", valueFrom = "${local.secret["core-keys"]}:push::" },
      { name = "DATABASE_URL", valueFrom = "${local.secret["database"]}:url::" },
      { name = "DATABASE_CA", valueFrom = local.secret["database-ca"] },
      { name = "FILES_KEY_ID", valueFrom = "${local.secret["files"]}:keyId::" },
      { name = "FILES_SECRET", valueFrom = "${local.secret["files"]}:secret::" },
    ]
    mountPoints = [
      { sourceVolume = "cipher-keys", containerPath = "/keys/cipher", readOnly = false },
      { sourceVolume = "core-keys", containerPath = "/keys/core", readOnly = false },
      { sourceVolume = "settings", containerPath = "/settings", readOnly = false },
      { sourceVolume = "data", containerPath = "/data", readOnly = false },
      { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false },
    ]
    readonlyRootFilesystem = true
    logConfiguration       = local.logs["keys"]
  }

  cipher = merge(local.hardened, {
    name        = "cipher"
    image       = var.cipher_image
    essential   = true
    dependsOn   = [{ containerName = "keys", condition = "SUCCESS" }]
    environment = [{ name = "CIPHER_HOST", value = "127.0.0.1" }]
    mountPoints = [{ sourceVolume = "cipher-keys", containerPath = "/keys/cipher", readOnly = true }]
    healthCheck = {
      command     = ["CMD", "node", "cipher-service/src/healthcheck.ts"]
      interval    = 10
      timeout     = 10
      retries     = 3
      startPeriod = 60
    }
    memory           = 192
    logConfiguration = local.logs["cipher"]
  })

  core = merge(local.hardened, {
    name         = "core"
    image        = var.core_image
    essential    = true
    dependsOn    = [{ containerName = "cipher", condition = "HEALTHY" }]
    environment  = [for name, value in local.environment : { name = name, value = value }]
    portMappings = [{ containerPort = 8080, protocol = "tcp" }]
    mountPoints = [
      { sourceVolume = "core-keys", containerPath = "/keys/core", readOnly = true },
      { sourceVolume = "settings", containerPath = "/settings", readOnly = true },
      { sourceVolume = "data", containerPath = "/data", readOnly = false },
      { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false },
    ]
    # It drains for 20 s, and ends what is open.
    stopTimeout      = 60
    memory           = 768
    logConfiguration = local.logs["core"]
  })

  # Where an operator calls commands, beside a core: its session needs a root file system that can be written.
  operator = {
    name        = "operator"
    image       = var.core_image
    essential   = false
    dependsOn   = [{ containerName = "core", condition = "START" }]
    command     = ["sleep", "infinity"]
    environment = [for name, value in local.environment : { name = name, value = value }]
    mountPoints = [
      { sourceVolume = "core-keys", containerPath = "/keys/core", readOnly = true },
      { sourceVolume = "settings", containerPath = "/settings", readOnly = true },
      { sourceVolume = "data", containerPath = "/data", readOnly = false },
    ]
    linuxParameters  = { initProcessEnabled = true }
    logConfiguration = local.logs["operator"]
  }

  prepare = merge(local.hardened, {
    name        = "prepare"
    image       = var.core_image
    essential   = true
    command     = ["node", "--input-type=module", "--eval", file("${path.module}/prepare.mjs")]
    environment = [{ name = "DATABASE_HOST", value = aws_db_instance.bisik.address }]
    secrets = [
      { name = "ADMINISTRATOR_PASSWORD", valueFrom = "${aws_db_instance.bisik.master_user_secret[0].secret_arn}:password::" },
      { name = "PASSWORD", valueFrom = "${local.secret["database"]}:password::" },
      { name = "DATABASE_CA", valueFrom = local.secret["database-ca"] },
    ]
    logConfiguration = local.logs["prepare"]
  })
}

resource "aws_ecs_task_definition" "bisik" {
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = 2048
  execution_role_arn       = aws_iam_role.start.arn
  task_role_arn            = aws_iam_role.run.arn
  container_definitions    = jsonencode([local.keys, local.cipher, local.core, local.operator])

  volume {
    name = "cipher-keys"
  }

  volume {
    name = "core-keys"
  }

  volume {
    name = "settings"
  }

  volume {
    name = "data"
  }

  volume {
    name = "tmp"
  }
}

resource "aws_ecs_service" "bisik" {
  name                              = var.name
  cluster                           = aws_ecs_cluster.bisik.id
  task_definition                   = aws_ecs_task_definition.bisik.arn
  desired_count                     = var.cores
  launch_type                       = "FARGATE"
  enable_execute_command            = true
  availability_zone_rebalancing     = "ENABLED"
  health_check_grace_period_seconds = 120
  # An update starts a new task before it stops an old one.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = aws_subnet.private[*].id
    security_groups  = [aws_security_group.core.id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.cores.arn
    container_name   = "core"
    container_port   = 8080
  }

  depends_on = [aws_lb_listener.https]
}

# Makes the user and the schema of the database: run by hand, once.
resource "aws_ecs_task_definition" "prepare" {
  family                   = "${var.name}-prepare"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.start.arn
  container_definitions    = jsonencode([local.prepare])
}
