import type { Schema } from './terraform.ts';

/**
 * What deploy/terraform-scale uses of the schema of the provider hashicorp/aws 6.25.0, as its generated bindings (@cdktf/provider-aws
 * 21.22.1) have it. `!` marks what must be there.
 */
export const AWS_SCHEMAS: Record<string, Schema> = {
  aws_lb: {
    '': 'drop_invalid_header_fields idle_timeout load_balancer_type name security_groups subnets',
  },
  aws_lb_target_group: {
    '': 'deregistration_delay health_check name port protocol stickiness target_type vpc_id',
    health_check: 'healthy_threshold interval path timeout unhealthy_threshold',
    stickiness: 'cookie_duration type!',
  },
  aws_lb_listener: {
    '': 'certificate_arn default_action! load_balancer_arn! port protocol ssl_policy',
    default_action: 'redirect target_group_arn type!',
    'default_action.redirect': 'port protocol status_code!',
  },
  aws_db_subnet_group: {
    '': 'name subnet_ids!',
  },
  aws_db_parameter_group: {
    '': 'family! name parameter',
    parameter: 'name! value!',
  },
  aws_db_instance: {
    '': 'allocated_storage auto_minor_version_upgrade backup_retention_period ca_cert_identifier copy_tags_to_snapshot db_name db_subnet_group_name deletion_protection engine engine_version final_snapshot_identifier identifier instance_class! manage_master_user_password max_allocated_storage multi_az parameter_group_name publicly_accessible skip_final_snapshot storage_encrypted storage_type username vpc_security_group_ids',
  },
  aws_s3_bucket: {
    '': 'bucket_prefix',
  },
  aws_s3_bucket_public_access_block: {
    '': 'block_public_acls block_public_policy bucket! ignore_public_acls restrict_public_buckets',
  },
  aws_s3_bucket_policy: {
    '': 'bucket! policy!',
  },
  aws_iam_policy_document: {
    '': 'statement',
    statement: 'actions condition effect principals resources',
    'statement.condition': 'test! values! variable!',
    'statement.principals': 'identifiers! type!',
  },
  aws_availability_zones: {
    '': 'state',
  },
  aws_vpc: {
    '': 'cidr_block enable_dns_hostnames enable_dns_support tags',
    tags: 'Name',
  },
  aws_default_security_group: {
    '': 'vpc_id',
  },
  aws_internet_gateway: {
    '': 'vpc_id',
  },
  aws_subnet: {
    '': 'availability_zone cidr_block vpc_id!',
  },
  aws_route_table: {
    '': 'vpc_id!',
  },
  aws_route: {
    '': 'destination_cidr_block gateway_id nat_gateway_id route_table_id!',
  },
  aws_route_table_association: {
    '': 'route_table_id! subnet_id',
  },
  aws_eip: {
    '': 'domain',
  },
  aws_nat_gateway: {
    '': 'allocation_id subnet_id',
  },
  aws_vpc_endpoint: {
    '': 'route_table_ids service_name vpc_endpoint_type vpc_id!',
  },
  aws_security_group: {
    '': 'description name vpc_id',
  },
  aws_vpc_security_group_ingress_rule: {
    '': 'cidr_ipv4 description from_port ip_protocol! referenced_security_group_id security_group_id! to_port',
  },
  aws_vpc_security_group_egress_rule: {
    '': 'cidr_ipv4 description from_port ip_protocol! referenced_security_group_id security_group_id! to_port',
  },
  aws_secretsmanager_secret: {
    '': 'name recovery_window_in_days',
  },
  aws_iam_role: {
    '': 'assume_role_policy! name',
  },
  aws_iam_role_policy: {
    '': 'name policy! role!',
  },
  aws_iam_user: {
    '': 'name!',
  },
  aws_iam_user_policy: {
    '': 'name policy! user!',
  },
  aws_cloudwatch_log_group: {
    '': 'name retention_in_days',
  },
  aws_ecs_cluster: {
    '': 'name! setting',
    setting: 'name! value!',
  },
  aws_ecs_task_definition: {
    '': 'container_definitions! cpu execution_role_arn family! memory network_mode requires_compatibilities task_role_arn volume',
    volume: 'name!',
  },
  aws_ecs_service: {
    '': 'availability_zone_rebalancing cluster deployment_circuit_breaker deployment_maximum_percent deployment_minimum_healthy_percent desired_count enable_execute_command health_check_grace_period_seconds launch_type load_balancer name! network_configuration task_definition',
    deployment_circuit_breaker: 'enable! rollback!',
    load_balancer: 'container_name! container_port! target_group_arn',
    network_configuration: 'assign_public_ip security_groups subnets!',
  },
};
