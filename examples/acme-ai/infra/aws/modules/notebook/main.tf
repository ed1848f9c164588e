variable "name" {
  type = string
}

variable "role_arn" {
  type = string
}

variable "instance_type" {
  type = string
}

variable "tags" {
  type    = map(string)
  default = {}
}

resource "aws_sagemaker_notebook_instance" "this" {
  name                   = var.name
  role_arn               = var.role_arn
  instance_type          = var.instance_type
  direct_internet_access = "Enabled"
  tags                   = var.tags
}
