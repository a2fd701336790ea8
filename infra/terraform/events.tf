# New imagery: EventBridge hears of each object of the bucket of scenes, and a queue keeps it for `citysink watch`. An
# event only says "look again": one that is lost or doubled changes nothing but timing.

resource "aws_s3_bucket_notification" "scenes" {
  bucket      = aws_s3_bucket.scenes.id
  eventbridge = true
}

resource "aws_sqs_queue" "dead_events" {
  name                      = "${var.name}-dead-events"
  message_retention_seconds = 14 * 24 * 3600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "events" {
  name                       = "${var.name}-events"
  message_retention_seconds  = 4 * 24 * 3600
  visibility_timeout_seconds = 60
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_events.arn
    maxReceiveCount     = 5
  })
}

resource "aws_cloudwatch_event_rule" "scene" {
  name = "${var.name}-scene"
  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created", "Object Deleted"]
    detail      = { bucket = { name = [aws_s3_bucket.scenes.id] } }
  })
}

resource "aws_cloudwatch_event_target" "queue" {
  rule = aws_cloudwatch_event_rule.scene.name
  arn  = aws_sqs_queue.events.arn
}

data "aws_iam_policy_document" "events_in" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.events.arn]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.scene.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy    = data.aws_iam_policy_document.events_in.json
}
