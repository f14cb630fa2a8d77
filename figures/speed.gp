# Speed of training steps: milliseconds of the LSTM and the GRU beside contenders and the bound, the share of the bound of every cell, and
# how many times as long the contenders take. Filled markers and solid lines: the widest path of the kernels; open and dashed: AVX2.
#
# Data: times.csv (series, cell, path, hidden, median, low, high) with the series engram, onednn, pytorch, bound, share, over-onednn,
# over-pytorch. Variables: see the head of figure.gp.

TOP = 1.0 - 0.62 / HEIGHT
FOOT = (0.50 + 0.118 * CAPTION_LINES) / HEIGHT
GAP = 0.62 / HEIGHT
ROW = (TOP - FOOT - GAP) / 2.0
LEFT = 0.50 / WIDTH
RIGHT = 1.0 - 0.12 / WIDTH
COLUMN = (RIGHT - LEFT - 0.56 / WIDTH) / 2.0
GREY = "#7F7F7F"

# Rows of one series, cell and path.
at(series, cell, path, value) = strcol("path") eq path ? of(series, cell, value) : NaN

set multiplot
set logscale x 2
set xrange [26:315]
set xtics (32, 64, 128, 256)
set bars 0.5
set xlabel "hidden units" offset 0, 0.5

# ---- (a), (b): milliseconds
set logscale y
set yrange [*:*]
set format y "%g"
do for [k = 1:2] {
    name = k == 1 ? "lstm" : "gru"
    own = COLOUR[k == 1 ? LSTM : GRU]
    set lmargin at screen k == 1 ? LEFT : RIGHT - COLUMN
    set rmargin at screen k == 1 ? LEFT + COLUMN : RIGHT
    set bmargin at screen FOOT + ROW + GAP
    set tmargin at screen FOOT + 2 * ROW + GAP
    set yrange [MS_MIN:MS_MAX]
    if (k == 1) { set ylabel "ms per training step" offset 0.4 } else { unset ylabel }
    set label 1 title_above(substr("ab", k, k), CELL_NAME[k == 1 ? LSTM : GRU]) at graph 0, 1.0 offset 0, 0.7
    plot TIMES using "hidden":(at("bound", name, WIDE, column("median"))) with lines linewidth 1.0 dashtype (2, 4) linecolor rgb "black", \
         TIMES using (column("hidden") * 1.03):(at("pytorch", name, WIDE, column("median"))):(at("pytorch", name, WIDE, column("low"))):(at("pytorch", name, WIDE, column("high"))) \
             with yerrorlines linewidth 1.0 linecolor rgb GREY dashtype 1 pointtype 4 pointsize 0.6 * POINT, \
         TIMES using (column("hidden") / 1.03):(at("onednn", name, WIDE, column("median"))):(at("onednn", name, WIDE, column("low"))):(at("onednn", name, WIDE, column("high"))) \
             with yerrorlines linewidth 1.0 linecolor rgb "black" dashtype 1 pointtype 8 pointsize 0.7 * POINT, \
         TIMES using "hidden":(NARROW ? at("engram", name, "avx2", column("median")) : NaN) \
             with linespoints linewidth 1.0 linecolor rgb own dashtype (7, 4) pointtype 6 pointsize 0.5 * POINT, \
         TIMES using "hidden":(at("engram", name, WIDE, column("median"))):(at("engram", name, WIDE, column("low"))):(at("engram", name, WIDE, column("high"))) \
             with yerrorlines linewidth 1.6 linecolor rgb own dashtype 1 pointtype 7 pointsize 0.6 * POINT
}

# ---- (c): share of the bound
unset logscale y
set lmargin at screen LEFT
set rmargin at screen LEFT + COLUMN
set bmargin at screen FOOT
set tmargin at screen FOOT + ROW
set yrange [0:SHARE_MAX]
set ytics 20
set ylabel "bound / our time (%)" offset 1.2
set label 1 title_above("c", "how near to the bound")
plot 100 with lines linewidth 1.0 dashtype (2, 4) linecolor rgb "black", \
     for [i = 1:CELL_COUNT] TIMES using "hidden":(NARROW ? 100 * at("share", CELL[i], "avx2", column("median")) : NaN) \
         with linespoints linewidth 0.9 linecolor rgb COLOUR[i] dashtype (7, 4) pointtype 6 pointsize 0.5 * POINT, \
     for [i = 1:CELL_COUNT] TIMES using "hidden":(100 * at("share", CELL[i], WIDE, column("median"))) \
         with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.55 * POINT

# ---- (d): contenders over engram
set logscale y
set lmargin at screen RIGHT - COLUMN
set rmargin at screen RIGHT
set yrange [RATIO_MIN:RATIO_MAX]
set ytics (0.5, 1, 2, 5, 10, 20, 50, 100)
set ylabel "contender's time / ours" offset 0.2
set label 1 title_above("d", sprintf("contenders, %s", WIDE_NAME))
set label 2 "squares: PyTorch; triangles: oneDNN" at graph 0.99, 0.97 right font ",7" textcolor rgb INK
plot 1 with lines linewidth 0.7 linecolor rgb INK, \
     for [i = 1:CELL_COUNT] TIMES using "hidden":(at("over-onednn", CELL[i], WIDE, column("median"))) \
         with linespoints linewidth 1.2 linecolor rgb COLOUR[i] dashtype (7, 4) pointtype 8 pointsize 0.7 * POINT, \
     for [i = 1:CELL_COUNT] TIMES using "hidden":(at("over-pytorch", CELL[i], WIDE, column("median"))) \
         with linespoints linewidth 1.2 linecolor rgb COLOUR[i] dashtype 1 pointtype 4 pointsize 0.6 * POINT
unset label 1
unset label 2

# ---- legend in two lines of its own, and the caption at the foot
unset logscale
unset border
unset tics
unset xlabel
unset ylabel
set xrange [0:1]
set yrange [0:1]
set lmargin at screen LEFT
set rmargin at screen RIGHT
set label 9 CAPTION at screen 0.07 / WIDTH, FOOT - 0.52 / HEIGHT left font ",7" noenhanced textcolor rgb INK
set bmargin at screen 1.0 - 0.21 / HEIGHT
set tmargin at screen 1.0 - 0.03 / HEIGHT
set key at graph 0.5, 0.5 center center horizontal maxrows 1 Left reverse samplen 2 width 0.5 noenhanced font ",7.5"
plot NaN notitle, \
     for [i = 1:CELL_COUNT] keyentry with linespoints linetype STYLE[i] linewidth 1.4 pointsize 0.55 * POINT title CELL_NAME[i]
unset label 9
set key width -1
set bmargin at screen 1.0 - 0.39 / HEIGHT
set tmargin at screen 1.0 - 0.21 / HEIGHT
plot NaN notitle, \
     keyentry with linespoints linewidth 1.6 linecolor rgb INK dashtype 1 pointtype 7 pointsize 0.6 * POINT title "engram, ".WIDE_NAME, \
     keyentry with linespoints linewidth 1.0 linecolor rgb INK dashtype (7, 4) pointtype 6 pointsize 0.5 * POINT title "engram, AVX2", \
     keyentry with linespoints linewidth 1.0 linecolor rgb "black" pointtype 8 pointsize 0.7 * POINT title "oneDNN", \
     keyentry with linespoints linewidth 1.0 linecolor rgb GREY pointtype 4 pointsize 0.6 * POINT title "PyTorch", \
     keyentry with lines linewidth 1.0 dashtype (2, 4) linecolor rgb "black" title "bound"
unset multiplot
