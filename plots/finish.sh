#!/bin/sh
# What was drawn to PART becomes TARGET by keep.sh, with what gnuplot does not say: how large a picture of WIDE x HIGH pixels is on paper, MM
# millimetres wide (0: it is for a screen). A PDF loses the time at which it was made, so that the same input gives the
# same bytes: but for that of a cairo of 1.18 or later, which packs it.
#   finish.sh PART TARGET MM WIDE HIGH
part=$1 target=$2 mm=$3 wide=$4 high=$5
export LC_ALL=C
case $mm,$target in
*.pdf) sed '/CreationDate/s/(D:[0-9]\{14\}/(D:19700101000000/' "$part" >"$part.new" ;;
0,*) ;;
*.svg) sed "1,/viewBox=/s/viewBox=/width=\"${mm}mm\" height=\"$(awk "BEGIN { printf \"%.4f\", $mm * $high / $wide }")mm\" &/" "$part" >"$part.new" ;;
*.png) # pHYs, 11,811 dots a metre, which are 300 an inch, stands behind the header, which has 33 bytes
    { head -c 33 "$part" && printf '\000\000\000\011pHYs\000\000\056\043\000\000\056\043\001\170\245\077\166' && tail -c +34 "$part"; } >"$part.new" ;;
esac || {
    rm -f "$part" "$part.new"
    echo "$target: cannot write it to its end (is the disk full?)" >&2
    exit 1
}
[ ! -e "$part.new" ] || mv -f "$part.new" "$part" || exit 1
exec sh "$(dirname "$0")/keep.sh" "$part" "$target"
