# `sh health.sh core | cipher`, in the folder of the repository: the health check that the containers have.
case ${1:-} in
  core) exec sh chat-core/src/healthcheck.sh ;;
  cipher) exec node_modules/node/bin/node cipher-service/src/healthcheck.ts ;;
  *) echo 'Takes core or cipher.' >&2; exit 2 ;;
esac
