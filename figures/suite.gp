# Random actions in the environments of a suite, one row for each, the first on top: (a) their return, ours above the original's, with ticks at the
# best policies by hand; (b) the difference in standard errors. Without an original there is no second panel.
#
# Data: scores.csv (environment, level, row, runs, mean, low, high, original, original_low, original_high, z), policies.csv (environment, row,
# knows, policy, mean). Variables: see the head of figure.gp.

of_kind(k, value) = strcol("knows") eq KNOWS[k] ? value : NaN
# Of ticks at one place the shorter ones, which are thicker, stand before the longer ones.
array TALL[3] = [0.18, 0.28, 0.40]
array THICK[3] = [2.8, 1.9, 0.9]
BESIDE = ORIGINAL ? 0.17 : 0    # of a row: ours above, the original's below
near(z) = abs(z) <= Z_MAX ? z : NaN
# gnuplot 5.4 does not survive labels that are all undefined: those that should not be there are empty.
far_above(z) = z > Z_MAX ? sprintf("%.0f →", z) : ""
far_below(z) = z < -Z_MAX ? sprintf("← %.0f", z) : ""

longest = 0
do for [i = 1:ROW_COUNT] { if (strlen(ROW[i]) > longest) { longest = strlen(ROW[i]) } }
LEFT = 0.18 + 0.068 * longest
RIGHT = 0.16
BETWEEN = 0.24
NARROW = ORIGINAL ? 1.7 : 0
A_LEFT = LEFT / WIDTH
A_RIGHT = 1.0 - (RIGHT + (ORIGINAL ? NARROW + BETWEEN : 0)) / WIDTH
TOP = 1.0 - (ORIGINAL ? 0.56 : 0.40) / HEIGHT
BOTTOM = (GRID_FOOT + 0.46) / HEIGHT

set multiplot
set yrange [0.45:ROW_COUNT + 0.55]
set border 1
set tmargin at screen TOP
set bmargin at screen BOTTOM
set grid ytics linetype 1 linewidth 0.4 dashtype 1 linecolor rgb "#e4e4e4"

# ---- (a)
set lmargin at screen A_LEFT
set rmargin at screen A_RIGHT
set xrange [RETURN_MIN:RETURN_MAX]
set xtics RETURN_TICK
set mxtics 2
set xlabel "return of an episode" offset 0, 0.5
set ytics scale 0 ("" 0) noenhanced
do for [i = 1:ROW_COUNT] { set ytics add (ROW[i] ROW_COUNT + 1 - i) }
set label 1 title_above(ORIGINAL ? "a" : "", "") at graph 0, 1.0 offset 0, 0.6
plot NaN notitle, \
     for [k = 3:1:-1] POLICIES using (of_kind(k, column("mean"))):(column("row") - TALL[k]):(0):(2 * TALL[k]) \
         with vectors nohead linewidth THICK[k] dashtype 1 linecolor rgb KNOWS_COLOUR[k], \
     SCORES using (column("original_low")):(column("row") - BESIDE):(column("original_high") - column("original_low")):(0) \
         with vectors nohead linewidth 1.1 dashtype 1 linecolor rgb "black", \
     SCORES using (column("original")):(column("row") - BESIDE) \
         with points pointtype 13 pointsize 0.62 * POINT linecolor rgb "white", \
     SCORES using (column("original")):(column("row") - BESIDE) \
         with points pointtype 12 pointsize 0.62 * POINT linewidth 1 linecolor rgb "black", \
     SCORES using (column("low")):(column("row") + BESIDE):(column("high") - column("low")):(0) \
         with vectors nohead linewidth 1.3 dashtype 1 linecolor rgb OURS_COLOUR, \
     SCORES using (column("mean")):(column("row") + BESIDE) \
         with points pointtype 7 pointsize 0.5 * POINT linecolor rgb OURS_COLOUR

# ---- (b)
if (ORIGINAL) {
    set lmargin at screen A_RIGHT + BETWEEN / WIDTH
    set rmargin at screen 1.0 - RIGHT / WIDTH
    set xrange [-Z_MAX:Z_MAX]
    set xtics Z_MAX > 5 ? 4 : 2
    set xlabel "difference (standard errors)" offset 0, 0.5
    unset ytics
    set ytics scale 0 1, 1, ROW_COUNT format ""
    set label 1 title_above("b", "") at graph 0, 1.0 offset 0, 0.6
    set object 1 rectangle from -Z_BAND, graph 0 to Z_BAND, graph 1 behind fillstyle solid 1 noborder fillcolor rgb "#ececec"
    set arrow 1 from 0, graph 0 to 0, graph 1 nohead linewidth 0.7 linecolor rgb "black" back
    plot SCORES using (near(column("z"))):(column("row")) \
             with points pointtype 7 pointsize 0.5 * POINT linecolor rgb OURS_COLOUR, \
         SCORES using (Z_MAX):(column("row")):(far_above(column("z"))) with labels right font ",7" textcolor rgb "black", \
         SCORES using (-Z_MAX):(column("row")):(far_below(column("z"))) with labels left font ",7" textcolor rgb "black"
    unset object 1
    unset arrow 1
}
unset label 1

# ---- legend in a line above, in which the ticks look as they do below, and the caption at the foot
unset border
unset tics
unset grid
unset xlabel
array NAME[5] = ["random, ours", ORIGINAL ? "random, original" : "", KNOWS_NAME[1], KNOWS_NAME[2], KNOWS_NAME[3]]
ENTRY = 0.34    # of an entry without its letters
LETTER = 0.0585
LINE = 1.0 - 0.17 / HEIGHT
wide = 0
do for [i = 1:5] { if (strlen(NAME[i]) > 0) { wide = wide + ENTRY + LETTER * strlen(NAME[i]) } }
at = 0.5 * (WIDTH - wide) + 0.14
do for [i = 1:5] {
    if (strlen(NAME[i]) > 0) {
        if (i == 1) { set label 11 "" at screen at / WIDTH, LINE point pointtype 7 pointsize 0.55 * POINT linecolor rgb OURS_COLOUR }
        if (i == 2) { set label 12 "" at screen at / WIDTH, LINE point pointtype 12 pointsize 0.66 * POINT linewidth 1 linecolor rgb "black" }
        if (i > 2) {
            half = TALL[i - 2] * (TOP - BOTTOM) / (ROW_COUNT + 0.1)
            set arrow i from screen at / WIDTH, LINE - half to screen at / WIDTH, LINE + half nohead front linewidth THICK[i - 2] linecolor rgb KNOWS_COLOUR[i - 2]
        }
        set label 20 + i NAME[i] at screen (at + 0.08) / WIDTH, LINE left noenhanced font ",7.5"
        at = at + ENTRY + LETTER * strlen(NAME[i])
    }
}
set label 9 CAPTION at screen 0.07 / WIDTH, CAPTION_Y left font ",7" noenhanced textcolor rgb INK
set lmargin at screen 0.02
set rmargin at screen 0.98
set tmargin at screen 0.98
set bmargin at screen 0.01
plot [0:1] [0:1] NaN notitle
unset label
unset arrow
unset multiplot
