{{/* The list that tests and compose start processes from as well. */}}
{{- define "skerry.list" -}}
{{ .Files.Get "processes.json" }}
{{- end }}

{{- define "skerry.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end }}

{{- define "skerry.labels" -}}
app.kubernetes.io/name: skerry
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "skerry.meta" -}}
{{ include "skerry.labels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* Of what is there only while a release is being prepared; gone when all of it succeeded. */}}
{{- define "skerry.before" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ .weight | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* Where syncers find the gateway. */}}
{{- define "skerry.hub" -}}
{{ default (printf "https://%s-gateway:%v" .Release.Name .Values.gateway.service.port) .Values.hub.url }}
{{- end }}

{{/* A setting of processes.json with its places filled. */}}
{{- define "skerry.fill" -}}
{{- $text := .text -}}
{{- range $name, $value := .places }}{{ $text = replace (printf "{%s}" $name) (toString $value) $text }}{{ end -}}
{{- if regexMatch "\\{[A-Za-z]+\\}" $text }}{{ fail (printf "nothing is given for a place in %q" .text) }}{{ end -}}
{{ $text }}
{{- end }}

{{- define "skerry.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "skerry.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- define "skerry.scheduling" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* One entry of the list as a Deployment. .process, .name, .secret, .places, .more (further settings) */}}
{{- define "skerry.deployment" -}}
{{- $values := .root.Values }}
{{- $own := index $values.processes .process.name }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .root.Release.Name }}-{{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{ include "skerry.meta" (dict "root" .root "component" .name) | nindent 4 }}
spec:
  replicas: {{ $own.replicas }}
  # One at a time, and none before the next is ready: the standby is what a restart goes over to.
  strategy: { type: RollingUpdate, rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }
  selector:
    matchLabels: {{ include "skerry.labels" (dict "root" .root "component" .name) | nindent 6 }}
  template:
    metadata:
      labels: {{ include "skerry.labels" (dict "root" .root "component" .name) | nindent 8 }}
        skerry.dev/process: {{ .process.name }}
      annotations:
        prometheus.io/scrape: 'true'
        prometheus.io/port: {{ .process.ports.health | quote }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      serviceAccountName: {{ .account }}
      automountServiceAccountToken: {{ .mountsAccount }}
      terminationGracePeriodSeconds: 30
      securityContext: {{ include "skerry.podSecurity" . | nindent 8 }}
      {{- include "skerry.scheduling" .root | nindent 6 }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels: {{ include "skerry.labels" (dict "root" .root "component" .name) | nindent 14 }}
      containers:
        - name: {{ .process.name }}
          image: {{ include "skerry.image" .root }}
          imagePullPolicy: {{ $values.image.pullPolicy }}
          args: [{{ .process.main | quote }}]
          securityContext: {{ include "skerry.containerSecurity" . | nindent 12 }}
          env:
            {{- $places := .places }}
            {{- $tracing := dict }}
            {{- if $values.tracing.otlpUrl }}
            {{- $tracing = dict "SKERRY_TRACE_OTLP_URL" $values.tracing.otlpUrl "SKERRY_TRACE_RATIO" (printf "%f" (float64 $values.tracing.ratio)) }}
            {{- end }}
            {{- range $name, $text := merge (dict) .more $tracing .process.environment .every }}
            - name: {{ $name }}
              value: {{ include "skerry.fill" (dict "text" $text "places" $places) | quote }}
            {{- end }}
          ports:
            {{- range $port, $number := .process.ports }}
            - { name: {{ $port }}, containerPort: {{ $number }} }
            {{- end }}
          # A start may wait for PostgreSQL for as long as it takes: that is unready, not unhealthy.
          livenessProbe:
            httpGet: { path: /healthz, port: health }
            periodSeconds: 10
            failureThreshold: 3
          readinessProbe:
            httpGet: { path: /readyz, port: health }
            periodSeconds: 2
            failureThreshold: 2
          {{- if .drainSeconds }}
          lifecycle: { preStop: { sleep: { seconds: {{ .drainSeconds }} } } }
          {{- end }}
          resources: {{ toYaml $own.resources | nindent 12 }}
          volumeMounts:
            - { name: secrets, mountPath: {{ .places.secrets }}, readOnly: true }
            {{- if $values.nats.caSecret }}
            - { name: nats-ca, mountPath: /run/skerry/nats-ca, readOnly: true }
            {{- end }}
      volumes:
        - name: secrets
          secret:
            secretName: {{ .secret }}
            defaultMode: 0440
            # What it needs and no more, whatever else lies in the Secret.
            items:
              {{- range .process.secrets }}
              - { key: {{ . }}, path: {{ . }} }
              {{- end }}
        {{- if $values.nats.caSecret }}
        - name: nats-ca
          secret: { secretName: {{ $values.nats.caSecret }}, defaultMode: 0440, items: [{ key: ca.crt, path: ca.crt }] }
        {{- end }}
{{- end }}
