# A row of a table, cells by the names of their columns:
#   awk -v columns='A B ...' -v cells='A=1 ...' -f row.awk TABLE...
# A cell is what cells says, else what the first TABLE with a column of this name has in its last row.
BEGIN {
    FS = OFS = "\t"
    n = split(columns, column, " ")
    for (i = split(cells, given, " "); i > 0; i--) {
        name = given[i]
        sub(/=.*/, "", name)
        value[name] = substr(given[i], length(name) + 2)
        from[name] = "cells"
    }
}
FNR == 1 {
    split("", head)
    for (i = 1; i <= NF; i++)
        if (!($i in from) || from[$i] == FILENAME) { head[i] = $i; from[$i] = FILENAME }
    next
}
{ for (i in head) value[head[i]] = $i }
END {
    for (i = 1; i <= n; i++) {
        if (!(column[i] in value)) { print "row.awk: no column " column[i] " in " FILENAME > "/dev/stderr"; exit 1 }
        printf "%s%s", value[column[i]], i < n ? OFS : "\n"
    }
}
