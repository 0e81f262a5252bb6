#!/usr/bin/env bats
# Completion of the programs and of mctools: in bash by its function, in zsh with stand-ins for what zsh has.
load common

setup() {
    T="$BATS_TEST_TMPDIR"
    P=$(cd "$BATS_TEST_DIRNAME/../.." && cd "$B" && pwd)
    C=${P%/bin}/completion
    cd "$T"
    touch train.tsv true.tsv
    mkdir tuned
}

# completes LINE WANT...: what bash offers at the end of the line, where = ends words as readline has it, holds these words and, where
# WANT begins with !, not those
completes() {
    local line="$1" got w
    shift
    got=$(bash --norc --noprofile -c '
        . "$1/mctools.bash"
        line=$2
        COMP_WORDBREAKS=$" \t\n=:"
        read -ra COMP_WORDS <<< "${line//=/ = }"
        [[ $line != *" " ]] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _mctools "${COMP_WORDS[0]}" "" ""
        printf "%s\n" "${COMPREPLY[@]}"' - "$C" "$line")
    for w in "$@"; do
        case $w in
        !*) grep -qxF -e "${w#!}" <<< "$got" && { echo "$line: $w, got: $got"; return 1; } ;;
        *) grep -qxF -e "$w" <<< "$got" || { echo "$line: no $w, got: $got"; return 1; } ;;
        esac
    done
    true
}

@test "bash: every option of every program, its choices, its files" {
    for p in "$P"/mc-*; do
        completes "$(basename "$p") -" $("$p" --options | tail -n +2 | cut -f 1)
    done
    completes 'mc-interp --ki' --kind '!--at'
    completes 'mc-interp --kind ' line plane '!train.tsv'
    completes 'mc-interp --kind=pl' plane '!line'
    completes 'mc-finetune --train tr' train.tsv true.tsv
    completes 'mc-finetune --epochs ' '!train.tsv'
    completes 'mc-tokenize -t ' tuned '!train.tsv'
    completes 'mc-tokenize tra' train.tsv '!true.tsv'
    completes '/usr/bin/mc-fold --keep' --keep-heads
}
@test "bash: mctools: verbs, then the variables of the verb and their values" {
    completes 'mctools ' path verdict q1 report figure help --version
    completes 'mctools figure path tra' train.tsv
    completes 'mctools ver' verdict '!path'
    completes 'mctools path ' MODEL= PAIRS= OUT= '!Q1_POINTS='
    completes 'mctools q1 Q1_PO' Q1_POINTS= '!POINTS='
    completes 'mctools path VARY=' order init all
    completes 'mctools path A=tuned METHOD=lo' lora '!full'
    completes 'mctools path TRAIN=tra' train.tsv '!true.tsv'
    completes 'mctools path DEVS=one=tr' train.tsv true.tsv
    completes 'mctools path OUT=' tuned '!train.tsv'
    completes 'mctools report ' tuned '!train.tsv'
    completes 'mctools help mc-in' mc-interp mc-info mc-init '!path'
    completes 'mctools path -' -n -j
    completes 'mctools submit ' path q1 '!submit' '!report' '!MODEL='
    completes 'mctools submit q1 ' MODEL= TEST= Q1_POINTS=
    completes 'mctools submit q1 TRAIN=tra' train.tsv '!true.tsv'
    completes 'mctools submit q1 SLU' SLURM=
    completes 'mctools q1 SLU' '!SLURM='
    completes 'mctools q1 ONLY=or' order
}
@test "bash: completion is of every program" {
    bash --norc --noprofile -c '. "$1/mctools.bash"; complete -p mctools $(cd "$2" && ls -d mc-*)' - "$C" "$P" > "$T/said"
    [ "$(wc -l < "$T/said")" -eq $(($(ls -d "$P"/mc-* | wc -l) + 1)) ]
}
@test "zsh: programs and mctools" {
    command -v zsh > /dev/null || skip 'zsh is not there'
    [ "$(head -n 1 "$C/_mctools")" = "#compdef mctools $(cd "$P" && ls -d mc-* | paste -sd ' ')" ]
    cat > "$T/try.zsh" << 'Z'
_arguments() { print -rl -- "$@"; }
_describe() { print -rl -- ${(P)2}; }
_files() { print -r -- "files $*"; }
compset() { PREFIX=${PREFIX#*=}; }
compadd() { shift; print -rl -- "$@"; }
file=$1 service=$2 PREFIX=$3
shift 3
words=("$@" "$PREFIX") CURRENT=$(($# + 1))
. $file
Z
    z() { zsh -f "$T/try.zsh" "$C/_mctools" "$@" > "$T/said" 2>&1; }
    z mc-interp '' mc-interp
    grep -qx -e '--kind=\[.*\]:value:(line chain slerp plane random)' "$T/said"
    grep -qx -e '--project=\[.*\]:value:_files' "$T/said"
    grep -qx -e '-q\[say errors only\]' "$T/said"
    z mctools '' mctools
    grep -q '^path:' "$T/said"
    z mctools '' mctools path
    grep -q '^PAIRS:' "$T/said"
    grep -q 'Q1_' "$T/said" && return 1
    z mctools VARY= mctools path
    [ "$(cat "$T/said")" = "$(printf '%s\n' order init all)" ]
    z mctools TRAIN=x mctools path
    [ "$(cat "$T/said")" = 'files ' ]
    z mctools - mctools path
    [ "$(cat "$T/said")" = "$(printf '%s\n' -n -j -k)" ]
    z mctools '' mctools submit q1
    grep -q '^SLURM:' "$T/said"
    grep -q '^Q1_POINTS:' "$T/said"
    z mctools '' mctools help
    grep -qx mc-interp "$T/said"
}
