# Completion of mctools and its programs, for bash.

_mctools_rows() { # command, word, kind of its value, choices, meaning
    cat << 'ROWS'
@ROWS@
ROWS
}

# _mctools_words COMMAND: what may stand behind it
_mctools_words() { _mctools_rows | awk -F '\t' -v command="$1" '$1 == command { print $2 }'; }

# _mctools_value COMMAND WORD: the beginnings of values are in $cur
_mctools_value() {
    local kind choices
    IFS=' ' read -r kind choices < <(_mctools_rows | awk -F '\t' -v command="$1" -v word="$2" '
        $1 == command && $2 == word { gsub(/\|/, " ", $4); print $3, $4; exit }')
    case $kind in
        choice) mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$cur") ;;
        file | files) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        directory) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
        text) COMPREPLY=() ;;
        *) return 1 ;;
    esac
}

_mctools() {
    local command=${1##*/} cur word words=() i n also=
    # NAME=VALUE is three words of bash's, where = ends words
    for ((i = 0; i <= COMP_CWORD; i++)); do
        n=${#words[@]}
        if ((n > 1)) && [[ ${COMP_WORDS[i]} == "=" || ${words[n - 1]} == *= ]]; then
            words[n - 1]+=${COMP_WORDS[i]}
        else
            words+=("${COMP_WORDS[i]}")
        fi
    done
    n=$((${#words[@]} - 1))
    word=${words[n]}
    cur=$word
    COMPREPLY=()
    if [ "$command" = mctools ]; then
        if [ "$n" = 1 ]; then
            mapfile -t COMPREPLY < <(compgen -W "$(_mctools_words mctools) figure help --version" -- "$cur")
            return
        fi
        command=${words[1]}
        if [ "$command" = submit ]; then
            if [ "$n" = 2 ]; then
                mapfile -t COMPREPLY < <(compgen -W "$(_mctools_words mctools | grep -vx -e report -e submit)" -- "$cur")
                return
            fi
            [[ $word == SLURM=* ]] || command=${words[2]}
            also=SLURM=
        fi
        if [ "$command" = help ]; then
            mapfile -t COMPREPLY < <(compgen -W "$(_mctools_rows | cut -f 1 | grep '^mc-' | uniq) $(_mctools_words mctools) figure" -- "$cur")
            return
        fi
    fi
    if [[ $word == *=* ]]; then
        cur=${word##*=}
        case $command in
            mc-*) _mctools_value "$command" "${word%%=*}" ;;
            *) _mctools_value "$command" "${word%%=*}=" ;;
        esac
        [[ $COMP_WORDBREAKS == *=* ]] || COMPREPLY=("${COMPREPLY[@]/#/${word%"$cur"}}")
        return
    fi
    case $command,$word in
        figure,*) if [ "$n" = 2 ]; then mapfile -t COMPREPLY < <(compgen -W '@FIGURES@' -- "$cur"); return; fi; compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
        mc-*,-*) mapfile -t COMPREPLY < <(compgen -W "$(_mctools_words "$command")" -- "$cur") ;;
        mc-*) _mctools_value "$command" "${words[n - 1]}" || { compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); } ;;
        *,-*) mapfile -t COMPREPLY < <(compgen -W '-n -j -k' -- "$cur") ;;
        report,*) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
        *) compopt -o nospace 2> /dev/null; mapfile -t COMPREPLY < <(compgen -W "$(_mctools_words "$command") $also" -- "$cur") ;;
    esac
}
complete -F _mctools mctools @COMMANDS@
