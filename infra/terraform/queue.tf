# The queue. It may be lost at any time and costs time then, never a figure; what it must not do is evict jobs.

resource "aws_security_group" "queue" {
  name        = "${var.name}-queue"
  description = "Valkey of citysink: from its tasks alone"
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "queue" {
  security_group_id            = aws_security_group.queue.id
  referenced_security_group_id = aws_security_group.tasks.id
  from_port                    = 6379
  to_port                      = 6379
  ip_protocol                  = "tcp"
}

resource "aws_elasticache_subnet_group" "queue" {
  name       = "${var.name}-queue"
  subnet_ids = var.private_subnet_ids
}

resource "aws_elasticache_parameter_group" "queue" {
  name   = "${var.name}-queue"
  family = "valkey8"
  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "random_password" "queue" {
  length  = 48
  special = false
}

resource "aws_elasticache_replication_group" "queue" {
  replication_group_id       = "${var.name}-queue"
  description                = "BullMQ of citysink"
  engine                     = "valkey"
  engine_version             = "8.0"
  node_type                  = var.redis_node_type
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  auth_token                 = random_password.queue.result
  parameter_group_name       = aws_elasticache_parameter_group.queue.name
  subnet_group_name          = aws_elasticache_subnet_group.queue.name
  security_group_ids         = [aws_security_group.queue.id]
}

resource "aws_secretsmanager_secret" "redis_url" {
  name = "${var.name}-redis-url"
}

resource "aws_secretsmanager_secret_version" "redis_url" {
  secret_id     = aws_secretsmanager_secret.redis_url.id
  secret_string = "rediss://:${random_password.queue.result}@${aws_elasticache_replication_group.queue.primary_endpoint_address}:6379"
}
