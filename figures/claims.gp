# Forest plot of claims: one row each, from the top; on the common axis the distance from the threshold towards the claimed side, in
# standard errors, squeezed by asinh so that claims far beyond their threshold leave room for those near it.
#
# Data: claims.csv (row, claim, verdict, x, x_low, x_high, x_fail_low, x_fail_high, then the same in the claim's units). Variables: see the
# head of figure.gp.

FOOT = 0.118 * CAPTION_LINES
LEFT = 1.42
RIGHT = 2.35    # for the numbers
squeeze(x) = asinh(x)
clip(x) = x < LOW ? LOW : x > HIGH ? HIGH : x
drawn(x) = squeeze(clip(x))
row(n) = CLAIM_COUNT + 1 - n
mine(i, value) = column("row") == i ? value : NaN

set multiplot
set lmargin at screen LEFT / WIDTH
set rmargin at screen 1.0 - RIGHT / WIDTH
set tmargin at screen 1.0 - 0.24 / HEIGHT
set bmargin at screen (FOOT + 0.50) / HEIGHT
set xrange [squeeze(LOW):squeeze(HIGH)]
set yrange [0.4:CLAIM_COUNT + 0.6]
set border 1 linewidth 0.7 linecolor rgb "#404040"
unset ytics
set xtics ("0" 0) scale 0.6
do for [t in "1 3 10 30 100 300 1000"] {
    if (t + 0 <= HIGH) { set xtics add (t squeeze(t + 0)) }
    if (-(t + 0) >= LOW) { set xtics add (sprintf("–%s", t) squeeze(-(t + 0))) }
}
set xlabel "standard errors from the threshold, towards the claimed side" offset 0, 0.35
set arrow 1 from 0, graph 0 to 0, graph 1 nohead dashtype (7, 5) linewidth 0.9 linecolor rgb "black"
do for [i = 1:CLAIM_COUNT] {
    set label 100 + i CLAIM[i] at graph 0, first row(i) right offset -3.2, 0 noenhanced
    set label 200 + i LETTER[i] at graph 0, first row(i) center offset -1.4, 0 font ":Bold" textcolor rgb VERDICT_COLOUR[i]
    set label 300 + i NUMBERS[i] at graph 1, first row(i) left offset 1.2, 0 noenhanced font ",7.5"
    set label 400 + i EXPECT[i] at screen 1.0 - 0.08 / WIDTH, first row(i) right noenhanced font ",7" textcolor rgb INK
}
set label 500 "expected" at screen 1.0 - 0.08 / WIDTH, graph 1 right offset 0, 0.55 font ",7" textcolor rgb INK
set label 501 "estimate, interval, claim" at graph 1, graph 1 left offset 1.2, 0.55 font ",7" textcolor rgb INK
plot NaN notitle, \
     for [i = 1:CLAIM_COUNT] CLAIMS using (mine(i, drawn(column("x_fail_low")))):(row(i)):(drawn(column("x_fail_high")) - drawn(column("x_fail_low"))):(0) \
         with vectors nohead linewidth 0.9 dashtype 1 linecolor rgb VERDICT_COLOUR[i], \
     for [i = 1:CLAIM_COUNT] CLAIMS using (mine(i, drawn(column("x_low")))):(row(i)):(drawn(column("x_high")) - drawn(column("x_low"))):(0) \
         with vectors nohead linewidth 3.2 dashtype 1 linecolor rgb VERDICT_COLOUR[i], \
     for [i = 1:CLAIM_COUNT] CLAIMS using (mine(i, drawn(column("x")))):(row(i)) \
         with points pointtype 7 pointsize 0.6 * POINT linecolor rgb VERDICT_COLOUR[i]
do for [i = 1:CLAIM_COUNT] { unset label 100 + i; unset label 200 + i; unset label 300 + i; unset label 400 + i }
unset label 500
unset label 501
unset arrow 1
unset border
unset tics
unset xlabel
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set tmargin at screen 0.02
set bmargin at screen 0.01
plot [0:1] [0:1] NaN notitle
unset label 9
unset multiplot
