# The rows of completion: command, word, kind of its value, choices, meaning, with tabs between. The command of a pipeline is its verb.
#   awk -f rows.awk goals.tsv variables.tsv OPTIONS...      OPTIONS: files NAME.tsv, as NAME --options prints them
# Choices: a|b, or -. Kinds: verb, flag, choice, file, directory, files (name=file ...), text.
BEGIN { FS = OFS = "\t" }
FNR == 1 {
    command = FILENAME
    sub(/.*\//, "", command)
    sub(/\.tsv$/, "", command)
    next
}
command == "goals" { print "mctools", $1, "verb", "-", $3; next }
command == "variables" {
    if ($2 ~ /%/) next
    sub(/\.\.\.$/, "", $4) # several of them
    kind = $4 ~ /\|/ ? "choice" : $4 == "FILE" || $4 == "MODEL" ? "file" : $4 ~ /^DIR/ ? "directory" : $4 ~ /FILE/ ? "files" : "text"
    n = split($1, goal, " ")
    for (i = 1; i <= n; i++) print goal[i], $2 "=", kind, kind == "choice" ? $4 : "-", $5
    next
}
{ print command, $1, $3 ~ /^(whole|real)$/ ? "text" : $3, $4 == "" ? "-" : $4, $8 }
