resource "aws_ecs_cluster" "main" {
  name = var.name
}

resource "aws_cloudwatch_log_group" "main" {
  name              = "/ecs/${var.name}"
  retention_in_days = var.log_days
}

resource "aws_security_group" "tasks" {
  name        = "${var.name}-tasks"
  description = "Tasks of citysink: out to S3, the queue and the registry; in only to the API"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "tasks_https" {
  security_group_id = aws_security_group.tasks.id
  cidr_ipv4         = "0.0.0.0/0"
  from_port         = 443
  to_port           = 443
  ip_protocol       = "tcp"
}

resource "aws_vpc_security_group_egress_rule" "tasks_queue" {
  security_group_id            = aws_security_group.tasks.id
  referenced_security_group_id = aws_security_group.queue.id
  from_port                    = 6379
  to_port                      = 6379
  ip_protocol                  = "tcp"
}

resource "aws_vpc_security_group_ingress_rule" "api" {
  for_each                     = toset(var.api_client_security_group_ids)
  security_group_id            = aws_security_group.tasks.id
  referenced_security_group_id = each.value
  from_port                    = 8080
  to_port                      = 8080
  ip_protocol                  = "tcp"
}

locals {
  base = {
    image                  = var.image
    essential              = true
    user                   = "1000:1000"
    readonlyRootFilesystem = true
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    mountPoints            = [{ sourceVolume = "tmp", containerPath = "/tmp", readOnly = false }]
    environment            = [{ name = "AWS_REGION", value = var.region }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.main.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "citysink"
      }
    }
  }
  redis_secret = { name = "REDIS_URL", valueFrom = aws_secretsmanager_secret.redis_url.arn }
  token_secret = { name = "CITYSINK_API_TOKEN", valueFrom = var.api_token_secret_arn }
  health = {
    worker = "fetch('http://127.0.0.1:9464/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
    serve  = "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
  }
}

resource "aws_ecs_task_definition" "worker" {
  family                   = "${var.name}-worker"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = 2048
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.stage["worker"].arn
  volume {
    name = "tmp"
  }
  container_definitions = jsonencode([merge(local.base, {
    name        = "worker"
    command     = ["worker", "--metrics-port", "9464"]
    secrets     = [local.redis_secret]
    stopTimeout = 40
    healthCheck = {
      command     = ["CMD", "node", "-e", local.health.worker]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 20
    }
  })])
}

resource "aws_ecs_service" "worker" {
  name            = "worker"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.worker.arn
  desired_count   = var.workers.least
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = var.private_subnet_ids
    security_groups = [aws_security_group.tasks.id]
  }
  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 200
  lifecycle {
    ignore_changes = [desired_count]
  }
}

# A worker with tiles uses its core: the count follows the load between the two bounds. It does not go to zero, for
# without a worker there is no load to be seen; the Helm chart with KEDA does, by the length of the queue.
resource "aws_appautoscaling_target" "worker" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.worker.name}"
  min_capacity       = max(1, var.workers.least)
  max_capacity       = var.workers.most
}

resource "aws_appautoscaling_policy" "worker" {
  name               = "${var.name}-worker-load"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.worker.service_namespace
  scalable_dimension = aws_appautoscaling_target.worker.scalable_dimension
  resource_id        = aws_appautoscaling_target.worker.resource_id
  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_in_cooldown  = 300
    scale_out_cooldown = 60
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

resource "aws_ecs_task_definition" "serve" {
  family                   = "${var.name}-serve"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = 1024
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.stage["api"].arn
  volume {
    name = "tmp"
  }
  container_definitions = jsonencode([merge(local.base, {
    name         = "serve"
    command      = ["serve", "--host", "0.0.0.0", "--port", "8080", "s3://${aws_s3_bucket.results.id}/"]
    secrets      = [local.redis_secret, local.token_secret]
    portMappings = [{ containerPort = 8080, protocol = "tcp" }]
    healthCheck = {
      command     = ["CMD", "node", "-e", local.health.serve]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 20
    }
  })])
}

resource "aws_ecs_service" "serve" {
  name            = "serve"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.serve.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = var.private_subnet_ids
    security_groups = [aws_security_group.tasks.id]
  }
}

# One-off `citysink run --workers 0 SPEC --out s3://results/`: aws ecs run-task with the command overridden.
resource "aws_ecs_task_definition" "producer" {
  family                   = "${var.name}-producer"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 1024
  memory                   = 2048
  execution_role_arn       = aws_iam_role.execution.arn
  task_role_arn            = aws_iam_role.stage["producer"].arn
  volume {
    name = "tmp"
  }
  container_definitions = jsonencode([merge(local.base, {
    name    = "producer"
    command = ["run", "--help"]
    secrets = [local.redis_secret]
  })])
}
