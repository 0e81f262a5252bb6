#!/bin/sh
# What was written to PART becomes TARGET if it is whole: the end is what a .svg, .png, .pdf, .html or table must have. Else an
# error, and neither is left: who writes on a full disk does not always notice.
#   keep.sh PART TARGET
part=$1 target=$2
case $target in
*.svg) end='</svg>' ;;
*.html) end='</html>' ;;
*.png) end=IEND ;;
*.pdf) end='%%EOF' ;;
*) end= ;;
esac
if [ "$end" ]; then
    tail -c 16 "$part" 2>/dev/null | LC_ALL=C tr -d '\000\n' | LC_ALL=C grep -aq "$end"
else
    [ -s "$part" ] && [ -z "$(tail -c 1 "$part")" ]
fi || {
    rm -f "$part"
    echo "$target: cannot write it to its end (is the disk full?)" >&2
    exit 1
}
to=$(readlink -f "$target") || exit 1
if [ -e "$to" ] && [ ! -f "$to" ]; then # a device or a FIFO
    cat "$part" >"$to" || { rm -f "$part"; exit 1; }
    rm -f "$part"
else
    [ ! -e "$to" ] || chmod --reference="$to" "$part" 2>/dev/null
    mv -f "$part" "$to"
fi
