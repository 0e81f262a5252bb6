# A pipeline as text: awk -v goal=path -f help.awk goals.tsv variables.tsv
BEGIN { FS = "\t" }
FILENAME ~ /goals\.tsv$/ && $1 == goal {
    printf "mctools %s: %s\n\n", goal, $3
    n = split($2, needs, "|")
    if (n == 0) n = 1
    for (i = 1; i <= n; i++) printf "%s mctools %s%s [NAME=VALUE]...\n", i == 1 ? "usage:" : "      ", goal, needs[i] == "" ? "" : " " needs[i]
    print ""
}
FILENAME ~ /variables\.tsv$/ && index(" " $1 " ", " " goal " ") {
    left = $2 "=" $3
    if (length(left) > 28) printf "  %s\n%31s%s\n", left, "", $5
    else printf "  %-28s %s\n", left, $5
}
