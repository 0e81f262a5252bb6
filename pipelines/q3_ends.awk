# A row a set: what an end of a path does on it; head=1: with a header.
#   awk -v condition=NAME -v seed=SEED -v end=0|1 -v head=1 -f q3_ends.awk path.tsv         a table of mc-eval
BEGIN {
    FS = OFS = "\t"
    if (head) print "condition", "seed", "from", "to", "task", "n", "loss", "accuracy"
}
FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
$at["t"] == end { print condition, seed, $at["from"], $at["to"], $at["task"], $at["n"], $at["loss"], $at["accuracy"] }
END { if (NR < 2) exit 1 }
