# Least privilege by stage. Scenes are only read; the producer writes plans, the worker partials, the reducer results and
# the server reads them. Nobody but the keeper deletes, and only what `citysink gc` may take away.
#
# `citysink worker` serves the tile queue and the reduce queue, so its task has the policies of both; the role of the
# reducer alone is for whoever splits them.

locals {
  scene_buckets = concat([aws_s3_bucket.scenes.arn], [for name in var.read_buckets : "arn:aws:s3:::${name}"])
  scene_objects = [for arn in local.scene_buckets : "${arn}/*"]
  results       = aws_s3_bucket.results.arn
  stages        = toset(["producer", "worker", "reducer", "api", "keeper"])
}

data "aws_iam_policy_document" "assume_tasks" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.amazonaws.com"]
    }
  }
}

# Reads scenes and what was counted; writes plans of runs, which stand in their folders beside results.
data "aws_iam_policy_document" "producer" {
  statement {
    sid       = "ReadScenes"
    actions   = ["s3:GetObject"]
    resources = local.scene_objects
  }
  statement {
    sid       = "ListAll"
    actions   = ["s3:ListBucket"]
    resources = concat(local.scene_buckets, [local.results])
  }
  statement {
    sid       = "ReadResults"
    actions   = ["s3:GetObject"]
    resources = ["${local.results}/*"]
  }
  statement {
    sid     = "WritePlans"
    actions = ["s3:PutObject"]
    resources = [
      "${local.results}/*/plan.json",
      "${local.results}/*/tiles.json",
      "${local.results}/*/zones.json",
      "${local.results}/*/latest.json",
    ]
  }
  statement {
    sid       = "TakeEvents"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.events.arn]
  }
}

data "aws_iam_policy_document" "worker" {
  statement {
    sid       = "ReadScenes"
    actions   = ["s3:GetObject"]
    resources = local.scene_objects
  }
  statement {
    sid       = "TellMissingFromDenied"
    actions   = ["s3:ListBucket"]
    resources = concat(local.scene_buckets, [local.results])
  }
  statement {
    sid       = "ReadPlans"
    actions   = ["s3:GetObject"]
    resources = ["${local.results}/*"]
  }
  statement {
    sid     = "WriteCounts"
    actions = ["s3:PutObject"]
    resources = [
      "${local.results}/*/partials/*",
      "${local.results}/*/map-cells/*",
      "${local.results}/*/map-blocks/*",
      "${local.results}/*/failures/*",
    ]
  }
}

data "aws_iam_policy_document" "reducer" {
  statement {
    sid       = "ReadResults"
    actions   = ["s3:GetObject"]
    resources = ["${local.results}/*"]
  }
  statement {
    sid       = "ListResults"
    actions   = ["s3:ListBucket"]
    resources = [local.results]
  }
  statement {
    sid       = "WriteResults"
    actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
    resources = ["${local.results}/*"]
  }
  # Blocks of maps are taken away once they stand in their map.
  statement {
    sid       = "ClearMapBlocks"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.results}/*/map-blocks/*"]
  }
}

data "aws_iam_policy_document" "api" {
  statement {
    sid       = "ReadResults"
    actions   = ["s3:GetObject"]
    resources = ["${local.results}/*"]
  }
  statement {
    sid       = "ListResults"
    actions   = ["s3:ListBucket"]
    resources = [local.results]
  }
}

# For `citysink gc`, by hand or as a task of its own.
data "aws_iam_policy_document" "keeper" {
  statement {
    sid       = "ReadResults"
    actions   = ["s3:GetObject"]
    resources = ["${local.results}/*"]
  }
  statement {
    sid       = "ListResults"
    actions   = ["s3:ListBucket"]
    resources = [local.results]
  }
  statement {
    sid       = "TakeCountsAway"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.results}/*/partials/*", "${local.results}/*/map-cells/*"]
  }
}

locals {
  policies = {
    producer = data.aws_iam_policy_document.producer.json
    worker   = data.aws_iam_policy_document.worker.json
    reducer  = data.aws_iam_policy_document.reducer.json
    api      = data.aws_iam_policy_document.api.json
    keeper   = data.aws_iam_policy_document.keeper.json
  }
}

resource "aws_iam_role" "stage" {
  for_each           = local.stages
  name               = "${var.name}-${each.key}"
  assume_role_policy = data.aws_iam_policy_document.assume_tasks.json
}

resource "aws_iam_role_policy" "stage" {
  for_each = local.stages
  name     = each.key
  role     = aws_iam_role.stage[each.key].id
  policy   = local.policies[each.key]
}

resource "aws_iam_role_policy" "worker_reduces" {
  name   = "reducer"
  role   = aws_iam_role.stage["worker"].id
  policy = local.policies["reducer"]
}

# What ECS itself needs to start tasks: the image, logs, and the two secrets.
resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  assume_role_policy = data.aws_iam_policy_document.assume_tasks.json
}

resource "aws_iam_role_policy_attachment" "execution" {
  role       = aws_iam_role.execution.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}

data "aws_iam_policy_document" "execution" {
  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.redis_url.arn, var.api_token_secret_arn]
  }
}

resource "aws_iam_role_policy" "execution" {
  name   = "secrets"
  role   = aws_iam_role.execution.id
  policy = data.aws_iam_policy_document.execution.json
}
