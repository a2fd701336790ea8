output "results" {
  description = "Root of the results, for --out."
  value       = "s3://${aws_s3_bucket.results.id}/"
}

output "events_queue_url" {
  description = "Queue of events of new imagery."
  value       = aws_sqs_queue.events.id
}

output "producer_task" {
  description = "Task definition for `aws ecs run-task`."
  value       = aws_ecs_task_definition.producer.arn
}

output "role_arns" {
  description = "Roles by stage."
  value       = { for stage, role in aws_iam_role.stage : stage => role.arn }
}
