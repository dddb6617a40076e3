# The secrets have no values here, and so Terraform's state has none: README.md puts them in.

resource "aws_secretsmanager_secret" "all" {
  for_each                = toset(["keyring", "core-keys", "database", "database-ca", "files"])
  name                    = "${var.name}/${each.value}"
  recovery_window_in_days = 30
}

# Who starts a task: it may read these secrets, and write these logs.
resource "aws_iam_role" "start" {
  name               = "${var.name}-start"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

data "aws_iam_policy_document" "tasks" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "start" {
  name   = "start"
  role   = aws_iam_role.start.id
  policy = data.aws_iam_policy_document.start.json
}

data "aws_iam_policy_document" "start" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = concat(values(aws_secretsmanager_secret.all)[*].arn, [aws_db_instance.bisik.master_user_secret[0].secret_arn])
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.bisik.arn}:*"]
  }
}

# What a running task may do: let an operator in, and nothing else.
resource "aws_iam_role" "run" {
  name               = "${var.name}-run"
  assume_role_policy = data.aws_iam_policy_document.tasks.json
}

resource "aws_iam_role_policy" "run" {
  name   = "operator"
  role   = aws_iam_role.run.id
  policy = data.aws_iam_policy_document.run.json
}

data "aws_iam_policy_document" "run" {
  statement {
    actions = [
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ]
    # These actions know no resources.
    resources = ["*"]
  }
}

# The bucket's files, by a key that is a secret: the cores sign with it.
resource "aws_iam_user" "files" {
  name = "${var.name}-files"
}

resource "aws_iam_user_policy" "files" {
  name   = "files"
  user   = aws_iam_user.files.name
  policy = data.aws_iam_policy_document.files.json
}

data "aws_iam_policy_document" "files" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.files.arn]
  }

  statement {
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${aws_s3_bucket.files.arn}/*"]
  }
}
