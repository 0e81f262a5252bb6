# Numbers, from 0, of the examples of a set that no list has: mc-info --ids set.tok.gz | awk -f q3_common.awk numbers.txt... -
FILENAME != "-" { listed[$1]; next }
!(FNR - 1 in listed) { print FNR - 1 }
