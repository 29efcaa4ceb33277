{{/* The release's name, short enough for the longest suffix (Kubernetes allows 63 characters). */}}
{{- define "tunemantra.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tunemantra.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "tunemantra.name" .) -}}
{{- end -}}

{{- define "tunemantra.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (.tag | default $.Chart.AppVersion) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What never changes for a component: selectors may use nothing else. Call with (dict "root" $ "component" "api"). */}}
{{- define "tunemantra.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "tunemantra.labels" -}}
{{ include "tunemantra.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Not root, nothing writable but the mounts, no privileges. Not configurable on purpose. */}}
{{- define "tunemantra.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "tunemantra.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What every component gets from the Secret: the serving roles' addresses, and what signs links to files. */}}
{{- define "tunemantra.secretEnv" -}}
{{- range $setting := list "database_url_app" "database_url_worker" "database_url_system" "database_url_bulk" "storage_secret" }}
{{ include "tunemantra.fromSecret" (dict "root" $ "setting" $setting) }}
{{- end }}
{{- end -}}

{{/* One setting from the Secret. Call with (dict "root" $ "setting" "storage_secret"). */}}
{{- define "tunemantra.fromSecret" -}}
- name: TUNEMANTRA_{{ upper .setting }}
  valueFrom:
    secretKeyRef: { name: {{ .root.Values.existingSecret }}, key: {{ .setting }} }
{{- end -}}

{{/* Name lookups: every pod needs them. */}}
{{- define "tunemantra.dnsEgress" -}}
- ports:
    - { protocol: UDP, port: 53 }
    - { protocol: TCP, port: 53 }
{{- end -}}

{{- define "tunemantra.databaseEgress" -}}
- ports:
    - { protocol: TCP, port: {{ .Values.networkPolicy.database.port }} }
  {{- with .Values.networkPolicy.database.peers }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
