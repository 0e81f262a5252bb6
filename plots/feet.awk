# Tables of mc-interp --project -> lines for plane.gp:
#   unit_x unit_y x_C
#   x y distance        a line a model from the fourth on, a table after the other
# x and y are multiplied by the units, so that all is in L2. Variable: known, the first line of another
# table, of whose plane these are to be.
BEGIN { FS = "\t" }

function fail(text) { print "feet.awk: " FILENAME ": " text > "/dev/stderr"; failed = 1; exit 1 }

FNR == 1 {
    delete col
    for (i = 1; i <= NF; i++) col[$i] = i
    if (!("distance" in col) || !("unit_x" in col) || !("unit_y" in col)) fail("no table of mc-interp --project")
    next
}

FNR == 4 {
    plane = sprintf("%.9f %.9f %.9f", $col["unit_x"], $col["unit_y"], $col["x"] * $col["unit_x"])
    if (known == "") known = plane
    if (plane != known) fail("is of another plane")
}

FNR > 4 { foot[++n] = sprintf("%.9f %.9f %.9f", $col["x"] * $col["unit_x"], $col["y"] * $col["unit_y"], $col["distance"]) }

END {
    if (failed) exit 1
    if (plane == "") fail("has no three models")
    print plane
    for (i = 1; i <= n; i++) print foot[i]
}
