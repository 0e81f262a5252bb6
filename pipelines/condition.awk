# A table with one column more, of the condition that its rows are of; head=1: with its header; bare=1: the cells of the column path
# without their folder; empty=1: a table may have no row.
#   ... | awk -v condition=NAME -v head=1 -f condition.awk
BEGIN { FS = OFS = "\t" }
NR == 1 {
    for (i = 1; i <= NF; i++) if ($i == "path") path = i
    if (head) print $0, "condition"
    next
}
bare && path { sub(/.*\//, "", $path) }
{ print $0, condition }
END { if (NR < 2 && !(empty && NR)) exit 1 }
