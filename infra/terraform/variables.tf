variable "name" {
  description = "Prefix of all names: one installation of citysink."
  type        = string
  default     = "citysink"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,20}$", var.name))
    error_message = "Lower-case letters, digits and -, at most 21."
  }
}

variable "region" {
  description = "AWS region; scenes should lie in the same one."
  type        = string
}

variable "image" {
  description = "Image of infra/Dockerfile in a registry, pinned by digest."
  type        = string
  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Pin the image: repository@sha256:..."
  }
}

variable "vpc_id" {
  description = "Network of the tasks and of the queue."
  type        = string
}

variable "private_subnet_ids" {
  description = "Subnets without public addresses, with a route to S3 (gateway endpoint) and to the registry."
  type        = list(string)
}

variable "scenes_bucket" {
  description = "Name of the bucket of scenes that this module makes."
  type        = string
}

variable "results_bucket" {
  description = "Name of the bucket of results that this module makes."
  type        = string
}

variable "read_buckets" {
  description = "Further buckets of scenes that are read, of others: public collections for example."
  type        = list(string)
  default     = []
}

variable "old_version_days" {
  description = "Replaced and deleted objects of results are kept this long."
  type        = number
  default     = 30
}

variable "redis_node_type" {
  description = "Instance of the queue; half a million tiles need less than 64 MB when dispatched in windows."
  type        = string
  default     = "cache.t4g.small"
}

variable "workers" {
  description = "Least and largest number of worker tasks."
  type        = object({ least = number, most = number })
  default     = { least = 1, most = 20 }
}

variable "log_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30
}

variable "api_token_secret_arn" {
  description = "Secret of Secrets Manager with the token that the API asks for."
  type        = string
}

variable "api_client_security_group_ids" {
  description = "Security groups that may reach the API."
  type        = list(string)
  default     = []
}
