output "balancer" {
  description = "Where the DNS record of the hostname leads (CNAME, or an alias)."
  value       = aws_lb.bisik.dns_name
}

output "database" {
  description = "The address of the database, for DATABASE_URL."
  value       = aws_db_instance.bisik.address
}

output "prepare" {
  description = "Makes the user and the schema of the database, once: README.md."
  value       = "aws ecs run-task --cluster ${aws_ecs_cluster.bisik.name} --task-definition ${aws_ecs_task_definition.prepare.family} --launch-type FARGATE --network-configuration 'awsvpcConfiguration={subnets=[${join(",", aws_subnet.private[*].id)}],securityGroups=[${aws_security_group.core.id}]}'"
}
