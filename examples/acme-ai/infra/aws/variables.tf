variable "region" {
  type    = string
  default = "eu-west-1"
}

variable "subnets" {
  type = list(string)
}

variable "security_groups" {
  type = list(string)
}
