# A cell of a table: what COLUMN has in the first row of which KEY is VALUE.
#   awk -v key=KEY -v value=VALUE -v column=COLUMN -f cell.awk TABLE
BEGIN { FS = "\t" }
NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; if (!(key in at) || !(column in at)) exit 1; next }
$at[key] == value { print $at[column]; found = 1; exit }
END { if (!found) { print "cell.awk: no row with " key " = " value " in " FILENAME > "/dev/stderr"; exit 1 } }
