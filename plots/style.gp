# Shared by the plots: output by the ending of its name, colours of Okabe and Ito, quiet axes.
# Before it: out, part, wide, high (pixels), glyph (size of the font).
face = sprintf("Helvetica,%g", glyph)
if (strlen(out) > 4 && out[strlen(out) - 3:] eq ".svg") {
    lift = .6 # of what stands below an x axis, which this terminal sets lower
    set terminal svg size wide, high dynamic enhanced font face background "white" linewidth 1.2
} else {
    lift = 0
    set terminal pngcairo size 2 * wide, 2 * high enhanced font face fontscale 1.5 linewidth 2.4 pointscale 2.8 background "white"
}
set output part
set encoding utf8
array ink[8] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F"]
array mark[8] = [7, 5, 9, 13, 11, 6, 4, 8]
do for [k = 1:8] { set linetype k linecolor rgb ink[k] pointtype mark[k] linewidth 2 pointsize .7 }
set linetype 1 dashtype 1
set linetype 2 dashtype (9, 3)
set linetype 3 dashtype (3, 2)
set linetype 4 dashtype (9, 2, 2, 2)
set linetype 5 dashtype (5, 2)
set linetype 6 dashtype (9, 2, 2, 2, 2, 2)
set linetype 7 dashtype (2, 2)
set linetype 8 dashtype (14, 4)
set border 3 linecolor rgb "#404040" linewidth 1
set tics nomirror out scale .6 textcolor rgb "#202020"
set xtics offset 0, .7 * lift
set grid ytics linecolor rgb "#D4D4D4" linewidth .8 dashtype 1
set style fill transparent solid .18 noborder
# A step of about PARTS tics over a range, and the format that tells its tics apart.
step_of(range, parts) = nice(range / parts, 10. ** floor(log10(range / parts)))
nice(x, power) = (x / power > 5 ? 10 : x / power > 2 ? 5 : x / power > 1 ? 2 : 1) * power
tics_of(step) = step >= 1 ? "%g" : sprintf("%%.%df", -floor(log10(step) + 1e-9))
# The top of a range of colours, so that noise on what is flat does not look like a barrier.
at_least(low, top, range) = top - low < range ? low + range : top
# Values as colours: light where they are low, printable in grey; grey itself where there is none.
set palette defined (0 "#F4F9FD", .25 "#B5D6EC", .5 "#6AAFD9", .75 "#0072B2", 1 "#004670")
none = "#C8C8C8"
