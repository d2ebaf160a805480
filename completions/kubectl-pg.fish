# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kubectl_pg_global_optspecs
    string join \n context= not-context= all-contexts n/namespace= A/all-namespaces l/selector= o/output= no-headers color= no-progress q/quiet v/verbose kubeconfig= as= as-group= as-uid= connect-timeout= request-timeout= allow-unreachable h/help
end

function __fish_kubectl_pg_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kubectl_pg_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kubectl_pg_using_subcommand
    set -l cmd (__fish_kubectl_pg_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "list" -d 'Table of Postgres clusters over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "ls" -d 'Table of Postgres clusters over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "status" -d 'Health: of the fleet, worst first; or everything about one cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "logs" -d 'Logs of members, merged by time'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "psql" -d 'SQL on the primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "create" -d 'One independent Postgres cluster per context'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "scale" -d 'Number of members, absolute'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "switchover" -d 'Planned change of primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "failover" -d 'Emergency change of primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "restart" -d 'Rolling restart of PostgreSQL, replicas first'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "reinit" -d 'Copies a replica again from the primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "delete" -d 'Deletes a Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "ops" -d 'Operations: acts in flight and past ones'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "install" -d 'Brings controller, resources and rights into contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "uninstall" -d 'Removes controller and rights; databases go on running'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "version" -d 'Version of this program, and of the controllers'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l sort-by -d 'Column to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l problems -d 'Only clusters that are not healthy'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l sort-by -d 'Column to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l problems -d 'Only clusters that are not healthy'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l since -d 'From this moment: 10m, or 2026-11-21T10:00:00Z' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l tail -d 'Last lines of each member' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l container -d 'Container of the pods' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l system-namespace -d 'Namespace of the controller' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l controller -d 'The controllers\' logs instead'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s f -l follow -d 'Goes on with what is written from now on'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s c -l command -d 'SQL or a backslash command; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s f -l file -d 'File with SQL; - is stdin' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s d -l db -d 'Database' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l timeout -d 'Longest time for all targets together, with -c or -f' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l replica -d 'On a replica'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l write -d 'Several targets may be changed'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s y -l yes -d 'Yes to the question before several targets are changed'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l version -d 'Major version of PostgreSQL' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l replicas -d 'Members, the primary among them' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l size -d 'Size of each member\'s volume' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l storage-class -d 'Storage class of the volumes' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l team -d 'Team that owns it' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l from -d 'Manifest to begin with; flags win over it' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l synchronous -d 'Commits wait for a replica'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l replicas -d 'Members, the primary among them' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l to -d 'The member that becomes primary: a pod name or its number [none: the best replica]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l to -d 'The member that becomes primary [none: the most advanced replica]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l accept-data-loss -d 'Rows that only the old primary has may be lost'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l member -d 'Only this member' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l if-pending -d 'Only members that wait for a restart'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -f -a "list" -d 'Table of operations over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -f -a "ls" -d 'Table of operations over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -f -a "show" -d 'One operation, or all of one request'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l request -d 'Only those of this request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l mine -d 'Only those that I asked for'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l request -d 'Only those of this request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l mine -d 'Only those that I asked for'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from help" -f -a "list" -d 'Table of operations over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from help" -f -a "show" -d 'One operation, or all of one request'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l image -d 'Image of the controller' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l set -d 'Entry of the controller\'s configuration; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l replicas -d 'Controllers; one works, the others wait to take over' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l context -d 'Contexts: a name, a short name, a comma list or a glob; may be repeated [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s o -l output -d 'Form of the output' -r -f -a "table\t'For people'
wide\t'For people with room'
json\t'One JSON document'
yaml\t'The same document as YAML'
name\t'Targets, one a line'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l server -d 'Asks the controllers too'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l allow-unreachable -d 'Contexts that do not answer do not spoil the exit code of a read'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "list" -d 'Table of Postgres clusters over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "status" -d 'Health: of the fleet, worst first; or everything about one cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "logs" -d 'Logs of members, merged by time'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "psql" -d 'SQL on the primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "create" -d 'One independent Postgres cluster per context'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "scale" -d 'Number of members, absolute'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "switchover" -d 'Planned change of primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "failover" -d 'Emergency change of primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "restart" -d 'Rolling restart of PostgreSQL, replicas first'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "reinit" -d 'Copies a replica again from the primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "delete" -d 'Deletes a Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "ops" -d 'Operations: acts in flight and past ones'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "install" -d 'Brings controller, resources and rights into contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "uninstall" -d 'Removes controller and rights; databases go on running'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "version" -d 'Version of this program, and of the controllers'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs psql create scale switchover failover restart reinit delete ops install uninstall version help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from ops" -f -a "list" -d 'Table of operations over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from ops" -f -a "show" -d 'One operation, or all of one request'
