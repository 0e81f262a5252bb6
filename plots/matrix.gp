# The matrix of mc-matrix: the barrier between every two models, and the clusters that they make.
#
#   mc-matrix --names names.tsv barrier.tsv > matrix.tsv
#   gnuplot -c plots/matrix.gp matrix.tsv matrix.svg
#   gnuplot -c plots/matrix.gp matrix.tsv matrix.png --title "eight runs" --value barrier_max
#
# The argument that ends in .svg, .png or .pdf is the output, the other one a table of mc-matrix; --title
# TEXT; --value COLUMN names what the table holds, as it did for mc-matrix (default barrier_lin).
# Models stand in the order of their clusters, with a black frame around each cluster of two and
# more; grey is a pair that was not measured. Numbers stand in the cells while they can be read.
# --list FILE has a line of any text, tab, FILE. What is drawn replaces the output when it is whole.
# Needs the files beside it.

folder(s) = strlen(s) == 0 || s[strlen(s):*] eq "/" ? s : folder(s[1:strlen(s) - 1])
dir = folder(ARG0)
array given[100]
givens = ARGC
do for [k = 1:givens] { given[k] = value(sprintf("ARG%d", k)) }
usage = "usage: gnuplot -c matrix.gp OUT.svg|OUT.png|OUT.pdf [--width 85mm] [--title TEXT] [--value COLUMN] MATRIX.tsv"
named = "--value"
load dir . "args.gp"
if (conditions != 1) { print usage; exit status 2 }
of = value_of[1] eq "" ? "barrier_lin" : value_of[1]

text = system("LC_ALL=C awk -f " . quoted(place(dir . "matrix.awk")) . files[1])
if (GPVAL_SYSTEM_ERRNO != 0 || strlen(text) == 0) { exit status 1 }
# Names may have quotes, which gnuplot reads in data.
names = before(text, "\n\n\n") . "\n"
set print $D
print behind(text, "\n\n\n")
unset print

# Names, the range of the values between models, clusters of two and more.
array name[|$D|]
array first[|$D|]
array last[|$D|]
blank = 0; low = 0; top_z = -1e300; clusters = 0; unmeasured = 0
set encoding utf8
longest = 1; models = 0
while (strlen(names) > 0) {
    models = models + 1; name[models] = middle(before(names[2:*], "\"\n"), 20); names = behind(names, "\n")
    longest = strlen(name[models]) > longest ? strlen(name[models]) : longest
}
do for [i = 1:|$D|] {
    line = $D[i]
    n = words(line)
    blank = strlen(line) == 0 ? blank + 1 : blank
    if (n == 3 && blank == 0) {
        v = real(word(line, 3))
        unmeasured = unmeasured || word(line, 3) eq "NaN"
        if (word(line, 3) ne "NaN" && word(line, 1) ne word(line, 2)) { low = v < low ? v : low; top_z = v > top_z ? v : top_z }
    }
    if (n == 2 && blank == 2 && word(line, 1) ne word(line, 2)) {
        clusters = clusters + 1; first[clusters] = int(word(line, 1)); last[clusters] = int(word(line, 2))
    }
}

array title[2]
array look[2]
entries = 0
if (clusters > 0) { entries = 1; title[1] = "cluster"; look[1] = "lines linetype 7 dashtype 1 linewidth 2.5" }
if (unmeasured) {
    entries = entries + 1; title[entries] = "not measured"
    look[entries] = "boxes fillstyle solid 1 noborder fillcolor rgb none"
}

# Cells are square; names stand upright under them where they would meet.
# On paper, where no letter is smaller than least_letter, every so many-th is named.
glyph = on(14, 10)
wide = on(480, paper)
letter = models <= 14 ? on(12, 10) : longer(models <= 28 ? 9.5 : 7, least_letter)
left = 14 + .6 * letter * longest
beside = on(92, 7.5 * glyph) # of the colours with their numbers
panel = wide - left - beside
panel = mm > 0 && panel > 420 ? 420. : panel
side = panel / models
side = side > 60 ? 60. : side
panel = side * models
each = side < letter ? int(ceil(1.1 * letter / side)) : 1
each = mm == 0 ? 1 : each
wide = on(longer(320, left + panel + beside), paper)
left = left + on(0, (wide - left - panel - beside) / 2)
upright = .6 * letter * (longest + 1) > side
below = 12 + (upright ? .6 * letter * longest : 1.5 * letter)
inner = panel + below
load dir . "layout.gp"
load dir . "style.gp"
set datafile missing "NaN"
set style fill solid 1 noborder
unset key
unset grid
set multiplot
if (head ne "") { set label 1 head at screen .5, head_y center font head_font noenhanced }
set lmargin at screen left / wide
set rmargin at screen (left + panel) / wide
set bmargin at screen below / high
set tmargin at screen top
set border 15
set xrange [.5:models + .5]
set yrange [models + .5:.5]
letter_font = sprintf(",%g", letter)
set ytics ("" 1) scale 0
set xtics ("" 1) scale 0
# As labels: terminals do not agree on where names of tics stand.
do for [k = 1:models:each] {
    set label 100 + k name[k] at first k, screen (below - 6) / high font letter_font noenhanced
    if (upright) { set label 100 + k rotate by 90 right } else { set label 100 + k center offset 0, -.4 }
    set label 10100 + k name[k] at screen (left - 6) / wide, first k right font letter_font noenhanced
}
top_z = at_least(low, top_z, .05)
set object 1 rectangle from graph 0, 0 to graph 1, 1 behind fillcolor rgb none fillstyle solid 1 noborder
step = step_of(top_z - low, 6)
set cbrange [low:top_z]
set cbtics step
set format cb tics_of(step)
z_name = of eq "barrier_lin" ? "height of the barrier" : of
set label 2 z_name at screen (left + panel + beside - .75 * glyph) / wide, (below + panel / 2) / high center rotate by 90 noenhanced
set colorbox user origin screen (left + panel + 12) / wide, below / high size screen 12. / wide, panel / high
do for [k = 1:clusters] {
    set object 10 + k rectangle from first first[k] - .5, first first[k] - .5 to first last[k] + .5, first last[k] + .5 \
        front fillstyle empty border linecolor rgb "#000000" linewidth 2.5
}
digits = top_z >= 10 ? 0 : top_z >= 1 ? 1 : top_z >= .1 ? 2 : 3
figure = sprintf("%%.%df", digits)
small = side / (.62 * (digits + 3.5))
small = small > on(12, 10) ? on(12, 10) : small
small_font = sprintf(",%g", small)
command = "plot $D index 0 using 1:2:($1 - .5):($1 + .5):($2 - .5):($2 + .5):3 with boxxyerror fillcolor palette notitle"
if (small >= longer(7, least_letter)) {
    # White on dark.
    do for [dark = 0:1] {
        command = command . sprintf(", $D index 0 using " \
            . "1:2:($1 != $2 && $3 == $3 && ($3 - low > .55 * (top_z - low)) == %d ? sprintf(figure, $3) : '') " \
            . "with labels font small_font textcolor rgb '%s' notitle", dark, dark ? "#FFFFFF" : "#202020")
    }
}
eval command
if (entries > 0) { load dir . "key.gp" }
unset multiplot
unset output
system(keep)
if (GPVAL_SYSTEM_ERRNO != 0) { exit status 1 }
