# Loss over a plane through three models, as colours and contours.
#
#   mc-interp --kind plane --project feet.tsv a.st.gz b.st.gz c.st.gz | mc-eval dev.tok.gz > plane.tsv
#   gnuplot -c plots/plane.gp plane.tsv plane.svg feet.tsv
#   gnuplot -c plots/plane.gp plane.tsv plane.png --names "seed 1,seed 2,seed 3" curve-feet.tsv:curve
#
# The argument that ends in .svg, .png or .pdf is the output; --title TEXT, --metric COLUMN (default
# loss), --task T (needed where the table has several), --names A,B,C (what the models are; the
# legend has those in the picture). The first other argument is a table of mc-eval over x and y of a plane or of two random directions.
# Every further one is FEET[:LABEL], a table of mc-interp --project of the same plane: where its
# models stand over the plane, from the fourth on, is drawn, and joined in their order if they are
# three or more, as the points of a curve; the legend says how far from the plane, in L2 over all
# tensors, the farthest is: colours below it are not its loss. With such a table the axes are in L2
# too and C is drawn in; without it A is at (0, 0) and B at (1, 0); of random directions the model
# is at (0, 0). --list FILE has lines of LABEL, tab, FILE instead, the first for the sweep. Colours
# between points of the sweep are interpolated. What is drawn replaces the output when it is whole.
# Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = value(sprintf("ARG%d", k)) }
usage = "usage: gnuplot -c plane.gp OUT.svg|OUT.png|OUT.pdf [--width 85mm] [--title TEXT] [--metric COLUMN] [--task T] [--names A,B,C] PLANE [FEET[:LABEL]...]"
named = "--metric --task --names"
load dir . "args.gp"
metric = value_of[1] eq "" ? "loss" : value_of[1]
text = system("LC_ALL=C awk -f " . quoted(place(dir . "metric.awk")) . files[1])
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
unit = before(behind(text, "\n") . "\n", "\n")
names = value_of[3]

# The feet: those of condition k are block k - 2 of $F.
plane = ""
array far[conditions]
array feet[conditions]
set print $F
print "# feet"
do for [k = 2:conditions] {
    text = system("LC_ALL=C awk -v known=" . quoted(plane) . " -f " . quoted(place(dir . "feet.awk")) . files[k])
    if (GPVAL_SYSTEM_ERRNO != 0 || strlen(text) == 0) { exit status 1 }
    plane = before(text . "\n", "\n")
    rest = behind(text, "\n")
    far[k] = -1; feet[k] = 0
    print strlen(rest) > 0 ? rest : "NaN NaN"
    print ""
    print ""
    while (strlen(rest) > 0) {
        d = real(word(before(rest . "\n", "\n"), 3))
        far[k] = d > far[k] ? d : far[k]; feet[k] = feet[k] + 1
        rest = behind(rest, "\n")
    }
}
unset print
in_l2 = conditions > 1
unit_x = in_l2 ? word(plane, 1) : "1"
unit_y = in_l2 ? word(plane, 2) : "1"
text = system("LC_ALL=C awk -v metric=" . quoted(metric) . " -v task=" . quoted(value_of[2]) . " -v unit_x=" . unit_x \
    . " -v unit_y=" . unit_y . " -f " . quoted(place(dir . "plane.awk")) . files[1])
if (GPVAL_SYSTEM_ERRNO != 0 || strlen(text) == 0) { exit status 1 }
spanned = before(text, "\n") eq "plane"
if (!spanned && in_l2) { print "plane.gp: random directions are no plane of models that others stand over"; exit status 1 }
set print $P
print behind(text, "\n")
unset print

x_low = 1e300; x_high = -1e300; y_low = 1e300; y_high = -1e300; low = 1e300; top_z = -1e300
across = 0; lines = 0
do for [i = 1:|$P|] {
    if (words($P[i]) == 3) {
        x = real(word($P[i], 1)); y = real(word($P[i], 2))
        x_low = x < x_low ? x : x_low; x_high = x > x_high ? x : x_high
        y_low = y < y_low ? y : y_low; y_high = y > y_high ? y : y_high
        if (word($P[i], 3) ne "NaN") {
            z = real(word($P[i], 3)); low = z < low ? z : low; top_z = z > top_z ? z : top_z
        }
        across = across + 1
    } else { lines = lines + 1 }
}
lines = lines < 1 ? 1 : lines
across = across / lines
if (low > top_z) { print "plane.gp: no value of " . metric . " to draw"; exit status 1 }
do for [i = 1:|$F|] { # feet may stand beside the sweep
    if (words($F[i]) == 3) {
        x = real(word($F[i], 1)); y = real(word($F[i], 2))
        x_low = x < x_low ? x : x_low; x_high = x > x_high ? x : x_high
        y_low = y < y_low ? y : y_low; y_high = y > y_high ? y : y_high
    }
}

# The legend: what A, B and C are, the line, and every condition with its distance; of what is in the picture.
x_of(k) = k == 2 ? real(unit_x) : k == 3 ? real(word(plane, 3)) : 0.
y_of(k) = k == 3 ? real(unit_y) : 0.
in_picture(x, y) = x >= x_low && x <= x_high && y >= y_low && y <= y_high
shows(k) = k == 3 && !in_l2 ? 0 : in_picture(x_of(k), y_of(k))
array title[conditions + 5]
array look[conditions + 5]
array told[conditions + 5]
do for [k = 1:|told|] { told[k] = "" }
entries = 0
do for [k = 1:spanned ? 3 : 1] {
    if (strlen(names) > 0 && shows(k)) {
        entries = entries + 1
        title[entries] = before(names, ",")
        look[entries] = sprintf("points pointtype '%s' linecolor rgb '#000000'", "ABC"[k:k])
    }
    names = behind(names, ",")
}
if (spanned && y_low <= 0 && y_high >= 0 && x_low < x_of(2) && x_high > 0) {
    entries = entries + 1
    title[entries] = "line from A to B"; look[entries] = "lines linetype 7 dashtype 1"
}
array color[8] = [2, 5, 3, 4, 6, 1, 8, 7]
array joined[conditions + 1]
do for [k = 2:conditions] {
    if (far[k] >= 0) {
        joined[k] = feet[k] > 2 ? "linespoints" : "points"
        entries = entries + 1
        title[entries] = label[k]
        told[entries] = far[k] < 1e-4 * real(unit_x) ? ", in the plane" : sprintf(", up to %.2g off the plane", far[k])
        look[entries] = sprintf("%s linetype %d dashtype 1", joined[k], color[(k - 2) % 8 + 1])
    }
}

glyph = on(14, 10)
left = on(70, 5 * glyph); beside = on(110, 9 * glyph) # pixels, of the colours with their numbers
wide = on(490, paper)
panel = wide - left - beside > 340 ? 340. : wide - left - beside
left = left + (wide - left - beside - panel) / 2
ratio = (y_high - y_low) / (x_high - x_low)
ratio = ratio < .5 ? .5 : ratio > 1.3 ? 1.3 : ratio
below = on(54, 4.2 * glyph)
inner = panel * ratio + below
load dir . "layout.gp"
load dir . "style.gp"
set datafile missing "NaN"
unset key
unset grid
set multiplot
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced front }
set lmargin at screen left / wide
set rmargin at screen (left + panel) / wide
set bmargin at screen below / high
set tmargin at screen top
set view map
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set object 1 rectangle from graph 0, 0 to graph 1, 1 behind fillcolor rgb none fillstyle solid 1 noborder
top_z = at_least(low, top_z, metric eq "loss" ? .1 : .05)
step = step_of(top_z - low, 10)
set cbrange [low:top_z]
set cbtics step
set format cb tics_of(step)
set label 92 (metric ne "loss" ? metric : in_units("loss", unit, floor(panel * ratio / (.62 * glyph)))) \
    at screen (left + panel + beside - glyph) / wide, (below / high + top) / 2 center rotate by 90 noenhanced
set colorbox user origin screen (left + panel + glyph) / wide, below / high size screen glyph / wide, top - below / high
small = sprintf(",%g", longer(.8 * glyph, least_letter))
set style textbox opaque noborder fillcolor rgb "#FFFFFF" margins .3, .3
fine = across > 100 ? 1 : 100 / across
set pm3d interpolate fine, fine
set style fill solid 1 noborder
set print $E
print "0 0 A"
if (spanned) { print unit_x . " 0 B" }
if (in_l2) { print word(plane, 3) . " " . unit_y . " C" }
unset print

# Contours at the tics of the colours. A level is written once on each of its lines, where that is away
# from the edge, from what is drawn there and from other levels.
set contour base
set cntrparam levels incremental step * ceil(low / step), step, top_z
unset surface
set table $C
splot $P using 1:2:3 with lines
unset table
set surface
unset contour
gap = longer(.11, 2.4 * glyph / panel) * (x_high - x_low) # the room of a number
near(place, x, y) = abs(real(word(place, 1)) - x) < 1.3 * gap && abs(real(word(place, 2)) - y) < .6 * gap
inside(x, y) = x > x_low + .7 * gap && x < x_high - .7 * gap && y > y_low + .3 * gap && y < y_high - .3 * gap
set print $L # places that are taken
print $E
do for [i = 0:spanned ? 10 : 0] { print .1 * i * real(unit_x), 0, 0 }
print $F
unset print
contours = 0; levels = 0 # lines, and levels that are written
wanted = 0
set print $N
do for [i = 1:|$C|] {
    line = $C[i]
    if (words(line) < 3) { wanted = 1 } # a new line follows
    contours = contours || (words(line) == 3 && line[1:1] ne "#")
    if (wanted && words(line) == 3 && line[1:1] ne "#") {
        x = real(word(line, 1)); y = real(word(line, 2))
        free = inside(x, y)
        do for [j = 1:|$L|] { free = free && !(words($L[j]) == 3 && near($L[j], x, y)) }
        if (free) {
            print line
            set print $L append
            print line
            set print $N append
            wanted = 0; levels = levels + 1
        }
    }
}
unset print

# The colours; their legend keeps its own tics.
unset xtics
unset ytics
unset border
splot $P using 1:2:3 with pm3d notitle
unset object
unset label
unset colorbox

# Lines and marks over them, on the same place. Lines lie on a white edge, to be seen on any colour.
set border 15
set label 2 in_l2 ? "from A towards B (L2)" : spanned ? "x" : "x, along a random direction" \
    at screen (left + panel / 2) / wide, (below - 2.8 * glyph) / high center
set label 3 in_l2 ? "at right angles to it (L2)" : spanned ? "y" : "y, along another" at screen (left - on(57, 4.1 * glyph)) / wide, (below / high + top) / 2 center rotate by 90
shown = step_of(x_high - x_low, panel < 250 ? 4 : 6)
set xtics nomirror out scale .6 shown
set format x tics_of(shown)
shown_y = step_of(y_high - y_low, 6)
set ytics nomirror out scale .6 shown_y
set format y tics_of(shown_y)
command = "plot " \
    . (contours ? "$C using 1:2 with lines linecolor rgb '#202020' linewidth .6 dashtype 1 notitle, " : "") \
    . (levels ? "$N using 1:2:(sprintf(tics_of(step), $3)) with labels boxed textcolor rgb '#303030' font small notitle, " : "") \
    . "$E using 1:2 every ::0::spanned with lines linecolor rgb '#FFFFFF' linewidth 4 dashtype 1 notitle, " \
    . "$E using 1:2 every ::0::spanned with lines linetype 7 dashtype 1 notitle"
do for [k = 2:conditions] {
    if (far[k] >= 0) {
        c = color[(k - 2) % 8 + 1]
        from = sprintf(", $F index %d using 1:2 with %s ", k - 2, joined[k])
        command = command . from . sprintf("linecolor rgb '#FFFFFF' dashtype 1 linewidth 4 pointtype %d pointsize 1 notitle", mark[c]) \
            . from . sprintf("linetype %d dashtype 1 notitle", c)
    }
}
command = command . ", $E using 1:2 with points pointtype 7 pointsize 1.9 linecolor rgb '#FFFFFF' notitle" \
    . ", $E using 1:2 with points pointtype 6 pointsize 1.9 linecolor rgb '#000000' linewidth 1 notitle" \
    . ", $E using 1:2:3 with labels font small notitle"
eval command
if (entries > 0) { load dir . "key.gp" }
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
