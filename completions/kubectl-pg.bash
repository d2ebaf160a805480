# Completion of kubectl-pg in bash: source <(kubectl-pg completion bash)
_kubectl_pg() {
  local typed=${COMP_LINE:0:COMP_POINT} words cur out line manner before last
  read -ra words <<<"$typed"
  [[ $typed == *[[:space:]] ]] && words+=("")
  cur=${words[${#words[@]} - 1]}
  out=$("${words[0]}" __complete "${words[@]:1}" 2>/dev/null) || return
  manner=${out##*:}
  # bash splits words at : = and @, and replaces only what stands behind the last of them.
  last=${COMP_WORDS[COMP_CWORD]}
  [[ $last == [:=@] ]] && last=
  before=${cur%"$last"}
  COMPREPLY=()
  while IFS= read -r line; do
    [[ $line == :* ]] && continue
    line=${line%%$'\t'*}
    COMPREPLY+=("${line#"$before"}")
  done <<<"$out"
  ((manner & 2)) && compopt -o nospace
  ((manner & 4)) || compopt -o default
}
complete -F _kubectl_pg kubectl-pg
