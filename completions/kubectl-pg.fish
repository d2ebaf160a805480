# Completion of kubectl-pg in fish: kubectl-pg completion fish | source
function __kubectl_pg
    set -l words (commandline -opc) (commandline -ct)
    set -l out ($words[1] __complete $words[2..] 2>/dev/null)
    for line in $out
        switch $line
            case ':0'
                __fish_complete_path (commandline -ct)
            case ':*'
            case '*'
                echo $line
        end
    end
end
complete -c kubectl-pg -f -a '(__kubectl_pg)'
