# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kubectl_pg_global_optspecs
    string join \n context= not-context= all-contexts context-selector= fleet= n/namespace= A/all-namespaces l/selector= where= o/output= no-headers sort-by= color= no-progress q/quiet local v/verbose kubeconfig= as= as-group= as-uid= connect-timeout= request-timeout= user= cluster= s/server= token= client-certificate= client-key= allow-unreachable h/help
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

complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "list" -d 'Table of Postgres clusters over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "ls" -d 'Table of Postgres clusters over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "status" -d 'Health: of the fleet, worst first; or everything about one cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "logs" -d 'Logs of members, merged by time'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "history" -d 'Failovers, operations and events of one cluster on one time line'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "df" -d 'Disk: used, capacity, WAL'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "diff" -d 'Drift of manifests between clusters'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "doctor" -d 'Checks: controllers, rights and clocks; or one cluster from inside'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "report" -d 'Support bundle without secrets'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "psql" -d 'SQL on the primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "create" -d 'One independent Postgres cluster per context'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "apply" -d 'The same manifests in every context'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "set" -d 'Any other field of the manifest; shows its impact first'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "scale" -d 'Number of members, absolute'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "resize" -d 'Size of the volumes, only up; CPU and memory'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "user" -d 'Roles of the manifest'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "db" -d 'Databases of the manifest'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "switchover" -d 'Planned change of primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "failover" -d 'Emergency change of primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "restart" -d 'Rolling restart of PostgreSQL, replicas first'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "reinit" -d 'Copies a replica again from the primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "hibernate" -d 'Stops all members and keeps their volumes; starts them again'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "delete" -d 'Deletes a Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "ops" -d 'Operations: acts in flight and past ones'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "fleet" -d 'Named sets of contexts, aliases, labels, which are protected'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "install" -d 'Brings controller, resources and rights into contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "uninstall" -d 'Removes controller and rights; databases go on running'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "adopt" -d 'Takes Postgres clusters over from Zalando\'s operator; nothing restarts'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "release" -d 'Gives adopted Postgres clusters back'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "version" -d 'Version of this program, and of the controllers'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "options" -d 'Flags of all verbs and of changes'
complete -c kubectl-pg -n "__fish_kubectl_pg_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l problems -d 'Only clusters that are not healthy'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s w -l watch -d 'Goes on and shows what changes'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l problems -d 'Only clusters that are not healthy'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s w -l watch -d 'Goes on and shows what changes'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s w -l watch -d 'Goes on and shows what changes'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l since -d 'From this moment: 10m, or 2026-11-21T10:00:00Z' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l tail -d 'Last lines of each member' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s i -l include -d 'Only lines with this; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s e -l exclude -d 'No lines with this; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s H -l highlight -d 'Lets this stand out; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l container -d 'Container of the pods' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l system-namespace -d 'Namespace of the controller' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l controller -d 'The controllers\' logs instead'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s f -l follow -d 'Goes on with what is written from now on'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand logs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l since -d 'From this moment: 2d, or 2026-11-21T10:00:00Z' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l threshold -d 'Only members that use at least so many percent' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand df" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l against -d 'The one to compare with [none: what most have]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l out -d 'Where to write it; - is stdout' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s c -l command -d 'SQL or a backslash command; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s f -l file -d 'File with SQL; - is stdin' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l user -d 'Role to log in as, with the psql of this machine' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s d -l db -d 'Database' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l timeout -d 'Longest time for all targets together, with -c or -f' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l local -d 'The psql of this machine, through a forwarded socket'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l replica -d 'On a replica'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l write -d 'Several targets may be changed'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s y -l yes -d 'Yes to the question before several are changed'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand psql" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
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
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l synchronous -d 'Commits wait for a replica'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -s f -l filename -d 'Manifests: a file, a folder, or - for stdin; may be repeated' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l force-conflicts -d 'Takes fields that others have set'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand set" -s h -l help -d 'Print help (see more with \'--help\')'
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
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand scale" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l size -d 'Size of each member\'s volume' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l cpu -d 'CPU: asked for, or asked for and limit' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l memory -d 'Memory: asked for, or asked for and limit' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand resize" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -f -a "list" -d 'Roles of manifests'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -f -a "ls" -d 'Roles of manifests'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -f -a "add" -d 'Adds a role, or flags to it'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -f -a "drop" -d 'Takes a role out of the manifest; PostgreSQL keeps it'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and not __fish_seen_subcommand_from list ls add drop help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l flags -d 'login, createdb, createrole, superuser, inherit, replication, no…' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from drop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "list" -d 'Roles of manifests'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "add" -d 'Adds a role, or flags to it'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "drop" -d 'Takes a role out of the manifest; PostgreSQL keeps it'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -f -a "list" -d 'Databases of manifests'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -f -a "ls" -d 'Databases of manifests'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -f -a "add" -d 'Adds a database'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and not __fish_seen_subcommand_from list ls add help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l owner -d 'A role of the manifest' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "list" -d 'Databases of manifests'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "add" -d 'Adds a database'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand db; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand switchover" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
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
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l accept-data-loss -d 'Rows that only the old primary has may be lost'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand failover" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
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
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l if-pending -d 'Only members that wait for a restart'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand restart" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
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
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand reinit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand hibernate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l with -d 'What goes too, even where the controller is told to keep it' -r -f -a "data\t'The volumes'
secrets\t'The secrets with the passwords'"
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
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -f -a "list" -d 'Table of operations over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -f -a "ls" -d 'Table of operations over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -f -a "show" -d 'One operation, or all of one request'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and not __fish_seen_subcommand_from list ls show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l request -d 'Only those of this request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l mine -d 'Only those that I asked for'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l request -d 'Only those of this request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l mine -d 'Only those that I asked for'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from help" -f -a "list" -d 'Table of operations over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from help" -f -a "show" -d 'One operation, or all of one request'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand ops; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -f -a "list" -d 'The fleets there are'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -f -a "ls" -d 'The fleets there are'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -f -a "show" -d 'Contexts with short names, labels, fleets'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -f -a "add" -d 'Puts contexts into a fleet, and notes what they are'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -f -a "remove" -d 'Takes contexts out of a fleet; without contexts, the fleet away'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and not __fish_seen_subcommand_from list ls show add remove help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l label -d 'Label of each of the contexts; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l alias -d 'Short name of the one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l protected -d 'Changes there are confirmed one class up' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from help" -f -a "list" -d 'The fleets there are'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from help" -f -a "show" -d 'Contexts with short names, labels, fleets'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from help" -f -a "add" -d 'Puts contexts into a fleet, and notes what they are'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Takes contexts out of a fleet; without contexts, the fleet away'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand fleet; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
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
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand install" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
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
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand uninstall" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand adopt" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l dry-run -d 'Shows what would be done: as seen from here, or as the API servers judge it' -r -f -a "none\t'It is not one'
client\t'Nothing is sent'
server\t'Sent, judged, not kept'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l expect-count -d 'Goes on only if there are this many targets' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l confirm -d 'The target of a destructive change in full, in place of typing it: NS/NAME@CONTEXT' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l request -d 'Id of an earlier request, to take it up again' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l wait -d 'Whether to wait until it is done' -r -f -a "true\t''
false\t''"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l timeout -d 'Longest time to wait, for all targets together' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l max-parallel -d 'How many targets at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l max-per-context -d 'How many targets of one context at once' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l reason -d 'Why; kept with the change' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -s y -l yes -d 'Yes to the question, where one target or --expect-count makes that enough'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l queue -d 'Waits its turn behind other work on the same Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l where-found -d 'Targets that are missing in some contexts are left out there'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand release" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l server -d 'Asks the controllers too; =URL: by this API server' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l context -d 'Contexts: name, short name, comma list or glob [none: the current]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l not-context -d 'Contexts to leave out, in the same form' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l context-selector -d 'Contexts by their labels: env=prod,region!=us' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l fleet -d 'Contexts of a fleet; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -s n -l namespace -d 'Namespace [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -s l -l selector -d 'Labels of Postgres clusters' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l where -d 'Clusters by what is shown of them: version=15,health!=Healthy' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -s o -l output -d 'table, wide, json, yaml, name or jsonpath=TEMPLATE' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l sort-by -d 'Column of the table to sort by, largest last' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l color -d 'Colours' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l kubeconfig -d 'Kubeconfig file [none: $KUBECONFIG, else ~/.kube/config]' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l as -d 'User to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l as-uid -d 'Uid to act as' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l connect-timeout -d 'Longest time until a context is connected' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l request-timeout -d 'Longest time of one request' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l user -d 'User of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l cluster -d 'Cluster of the kubeconfig [none: that of each context]' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -s s -l server -d 'API server; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l token -d 'Bearer token in place of the user\'s login; for one context' -r
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l client-certificate -d 'Certificate in place of the user\'s login; for one context' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l client-key -d 'Its key' -r -F
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l all-contexts -d 'All contexts of the kubeconfig'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -s A -l all-namespaces -d 'All namespaces'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l no-headers -d 'Tables without their first line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l no-progress -d 'No moving progress'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -s q -l quiet -d 'Errors and data only'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l local -d 'Times in the zone of this terminal [none: UTC]'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -s v -l verbose -d 'More of everything'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -l allow-unreachable -d 'Contexts that do not answer leave the exit code of a read alone'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand options" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "list" -d 'Table of Postgres clusters over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "status" -d 'Health: of the fleet, worst first; or everything about one cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "logs" -d 'Logs of members, merged by time'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "history" -d 'Failovers, operations and events of one cluster on one time line'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "df" -d 'Disk: used, capacity, WAL'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "diff" -d 'Drift of manifests between clusters'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "doctor" -d 'Checks: controllers, rights and clocks; or one cluster from inside'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "report" -d 'Support bundle without secrets'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "psql" -d 'SQL on the primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "create" -d 'One independent Postgres cluster per context'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "apply" -d 'The same manifests in every context'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "set" -d 'Any other field of the manifest; shows its impact first'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "scale" -d 'Number of members, absolute'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "resize" -d 'Size of the volumes, only up; CPU and memory'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "user" -d 'Roles of the manifest'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "db" -d 'Databases of the manifest'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "switchover" -d 'Planned change of primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "failover" -d 'Emergency change of primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "restart" -d 'Rolling restart of PostgreSQL, replicas first'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "reinit" -d 'Copies a replica again from the primary'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "hibernate" -d 'Stops all members and keeps their volumes; starts them again'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "delete" -d 'Deletes a Postgres cluster'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "ops" -d 'Operations: acts in flight and past ones'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "fleet" -d 'Named sets of contexts, aliases, labels, which are protected'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "install" -d 'Brings controller, resources and rights into contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "uninstall" -d 'Removes controller and rights; databases go on running'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "adopt" -d 'Takes Postgres clusters over from Zalando\'s operator; nothing restarts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "release" -d 'Gives adopted Postgres clusters back'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "version" -d 'Version of this program, and of the controllers'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "options" -d 'Flags of all verbs and of changes'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and not __fish_seen_subcommand_from list status logs history df diff doctor report psql create apply set scale resize user db switchover failover restart reinit hibernate delete ops fleet install uninstall adopt release version options help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "list" -d 'Roles of manifests'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "add" -d 'Adds a role, or flags to it'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "drop" -d 'Takes a role out of the manifest; PostgreSQL keeps it'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "list" -d 'Databases of manifests'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from db" -f -a "add" -d 'Adds a database'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from ops" -f -a "list" -d 'Table of operations over contexts'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from ops" -f -a "show" -d 'One operation, or all of one request'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from fleet" -f -a "list" -d 'The fleets there are'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from fleet" -f -a "show" -d 'Contexts with short names, labels, fleets'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from fleet" -f -a "add" -d 'Puts contexts into a fleet, and notes what they are'
complete -c kubectl-pg -n "__fish_kubectl_pg_using_subcommand help; and __fish_seen_subcommand_from fleet" -f -a "remove" -d 'Takes contexts out of a fleet; without contexts, the fleet away'
