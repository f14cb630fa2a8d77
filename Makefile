# engram. `make reproduce` and `make test` each do all of their own set-up on a fresh Debian 12 machine.
#
#   make                 the program, build/engram                make test            every test but the long ones
#   make deps            installs missing Debian packages         make test-full       the long ones as well
#   make core-library    build/libengram-core.a: core and envs    make test-sanitize   under ASan and UBSan
#   make envs-library    build/libengram-envs.so: environments for other programs and Python
#   make reproduce       the T-Maze figure and its claims         make lint            clang-tidy, cppcheck, format, imports
#   make bench           speed beside oneDNN and PyTorch          make bench-gate      whether it has become slower
#   make install         PREFIX=/usr/local DESTDIR=               make coverage        line coverage: table and HTML
#
# Variables: BUILD (folder), CC (gcc or clang), OPT, EXTRA_CFLAGS, JOBS (tests and runs at the same time).
BUILD    ?= build
OPT      ?= -O3
PREFIX   ?= /usr/local
JOBS     ?= $(shell nproc)
ifeq ($(origin CC),default)
CC       := gcc
endif

ifeq ($(filter clean deps format help,$(MAKECMDGOALS)),)
UNSUPPORTED := $(shell ENGRAM_KERNELS='$(ENGRAM_KERNELS)' ci/platform.sh)
ifneq ($(UNSUPPORTED),)
$(error $(UNSUPPORTED))
endif
endif

# ---- flags ---------------------------------------------------------------------------------------------------------------
# The bits of a result may depend neither on the compiler nor on the CPU: contraction is off and FMA explicit. All is plain x86-64 but
# the kernels in *_v3.c (AVX2 and FMA) and *_v4.c (AVX-512), which are called only where the CPU has them, and loops marked CLONES
# (core/clones.h), which are compiled for all three. fma() in plain code is a call of libm's, which is exactly rounded with and without the instruction.
MARCH     = x86-64
WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
PACKAGES := openblas gsl hdf5-serial yaml-0.1 libcrypto jansson libxml-2.0 zlib
FLAGS     = $(OPT) -g $(CFLAGS) $(WARN) $(EXTRA_CFLAGS) -std=c17 -D_GNU_SOURCE -UNDEBUG $(DEFINES) -march=$(MARCH) $(QUICKER) $(MOVABLE) \
            -ffp-contract=off -fno-math-errno -fno-trapping-math -I. $(PACKAGE_FLAGS)
# What goes into a shared library too; it shows what envs/api.h says it shows.
MOVABLE_FLAGS := -fPIC -fvisibility=hidden
PACKAGE_FLAGS := $(patsubst -I%,-isystem%,$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
# GSL's own CBLAS has the names of OpenBLAS's: it is left out, so that there is one CBLAS and it is the fast one.
LDLIBS   := $(filter-out -lgslcblas,$(shell pkg-config --libs $(PACKAGES) 2>/dev/null)) -lcsv -ldl -lm
CORE_LIBS := $(shell pkg-config --libs libcrypto openblas zlib 2>/dev/null) -lcsv -lm

# ---- what there is -------------------------------------------------------------------------------------------------------
ROOMS    := core envs algorithms analysis figures benchmarks cli
# The contender with oneDNN is a program by itself, and only where libdnnl-dev is installed.
ONEDNN_SOURCE := benchmarks/speed/onednn.c
SOURCES  := $(filter-out $(ONEDNN_SOURCE),$(sort $(shell find $(ROOMS) -name '*.c' 2>/dev/null)))
TESTS    := $(sort $(shell find tests -name 'test_*.c' 2>/dev/null))
OBJECTS  := $(SOURCES:%.c=$(BUILD)/%.o)
TESTBINS := $(TESTS:%.c=$(BUILD)/%)
LIBRARY  := $(BUILD)/libengram-all.a
# The ground floor by itself, for other programs: needs neither GSL nor HDF5.
CORE_LIBRARY := $(BUILD)/libengram-core.a
CORE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out core/store%,$(filter core/% envs/%,$(SOURCES))))
# The environments by themselves, for other programs and for python/engram_envs.py: needs the C library and nothing else. The objects are those
# of the program.
ENVS_LIBRARY := $(BUILD)/libengram-envs.so
ENVS_SOURCES := $(wildcard envs/popgym/*.c) $(wildcard core/kernels*.c core/philox*.c) \
                $(addprefix envs/,api.c native.c natives.c vector.c belief.c particle_filter.c) \
                $(addprefix core/,arena.c error.c normal.c rng.c vmath.c)
ENVS_OBJECTS := $(ENVS_SOURCES:%.c=$(BUILD)/%.o)
ONEDNN       := $(if $(wildcard /usr/include/dnnl.h),$(BUILD)/benchmarks/onednn)
CORE_TEST    := $(BUILD)/tests/core/test_core_library

all: $(BUILD)/engram $(ENVS_LIBRARY)
core-library: $(CORE_LIBRARY)
envs-library: $(ENVS_LIBRARY)
test-programs: $(TESTBINS)
.PHONY: all core-library envs-library test-programs

# ---- stamps: files that change only when what they say changes ---------------------------------------------------------------
# $(call stamp,FILE,TEXT)
differs = $(subst x$(strip $1),,x$(strip $2))$(subst x$(strip $2),,x$(strip $1))
stamp = $(if $(call differs,$2,$(file <$1)),$(shell mkdir -p $(dir $1))$(file >$1,$(strip $2)))
FLAGS_STAMP    := $(BUILD)/flags.stamp
REVISION_STAMP := $(BUILD)/revision.stamp
SOURCES_STAMP  := $(BUILD)/sources.stamp
SHARE_STAMP    := $(BUILD)/share.stamp
SHARE          := $(abspath $(PREFIX))/share/engram
ifeq ($(filter clean deps format lint help,$(MAKECMDGOALS)),)
REVISION := $(shell ci/revision.sh $(ROOMS))
$(call stamp,$(FLAGS_STAMP),$(CC) $(FLAGS) / $(LDFLAGS) $(LDLIBS) / $(MOVABLE_FLAGS))
$(call stamp,$(REVISION_STAMP),$(REVISION) $(OPT))
$(call stamp,$(SOURCES_STAMP),$(SOURCES))
$(call stamp,$(SHARE_STAMP),$(SHARE))
endif

# ---- compiling and linking -------------------------------------------------------------------------------------------------
$(BUILD)/%_v3.o: MARCH = x86-64-v3
$(BUILD)/%_v4.o: MARCH = x86-64-v4
# Following variables for a debugger would take as long as all the rest, and gives up on these.
ifeq ($(findstring clang,$(CC)),)
$(BUILD)/algorithms/cells/fused_%.o: QUICKER = -fno-var-tracking
endif
$(ENVS_OBJECTS): MOVABLE = $(MOVABLE_FLAGS)
$(BUILD)/core/revision.o: DEFINES = -DENGRAM_REVISION='"$(REVISION)"' -DENGRAM_OPTIMISATION='"$(OPT)"'
$(BUILD)/core/revision.o: $(REVISION_STAMP)
# Where the installed program looks for experiments when the current folder has none.
$(BUILD)/benchmarks/names.o: DEFINES = -DENGRAM_SHARE='"$(SHARE)"'
$(BUILD)/benchmarks/names.o: $(SHARE_STAMP)

$(BUILD)/%.o: %.c $(FLAGS_STAMP)
	@mkdir -p $(@D)
	@echo "cc   $@"
	@$(CC) $(FLAGS) -MMD -MP -c $< -o $@

$(LIBRARY): $(filter-out $(BUILD)/cli/main.o,$(OBJECTS)) $(SOURCES_STAMP)
	@echo "ar   $@"
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)

$(CORE_LIBRARY): $(CORE_OBJECTS) $(SOURCES_STAMP)
	@! grep -lE '(gsl/|hdf5\.h)' $(CORE_OBJECTS:.o=.d) || { echo "core and envs may include neither GSL nor HDF5"; exit 1; }
	@echo "ar   $@"
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)

# All symbols must be found here and now, but for those of a sanitizer.
$(ENVS_LIBRARY): $(ENVS_OBJECTS) $(SOURCES_STAMP)
	@echo "link $@"
	@$(CC) $(FLAGS) -shared -Wl,-soname,$(@F) $(if $(findstring -fsanitize,$(FLAGS)),,-Wl,-z,defs) -Wl,--exclude-libs,ALL -Wl,--as-needed \
	    $(filter %.o,$^) $(LDFLAGS) -lm -o $@

$(BUILD)/engram: $(BUILD)/cli/main.o $(LIBRARY)
	@echo "link $@"
	@$(CC) $(FLAGS) $^ $(LDFLAGS) $(LDLIBS) -o $@

$(BUILD)/benchmarks/onednn: $(ONEDNN_SOURCE:%.c=$(BUILD)/%.o) $(BUILD)/benchmarks/speed/exchange.o $(BUILD)/benchmarks/speed/serve.o \
                            $(CORE_LIBRARY)
	@echo "link $@"
	@$(CC) $(FLAGS) $^ $(LDFLAGS) $(CORE_LIBS) -ldnnl -o $@

# This one shows that the core library stands alone: it is linked with nothing else of ours, without GSL and HDF5.
$(CORE_TEST): $(BUILD)/tests/core/test_core_library.o $(CORE_LIBRARY)
	@echo "link $@"
	@$(CC) $(FLAGS) $^ $(LDFLAGS) -lcmocka $(CORE_LIBS) -o $@

$(filter-out $(CORE_TEST),$(TESTBINS)): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(LIBRARY)
	@echo "link $@"
	@$(CC) $(FLAGS) $^ $(LDFLAGS) -lcmocka $(LDLIBS) -o $@

# These load it.
$(addprefix $(BUILD)/tests/,envs/test_envs_library python/test_engram_envs): | $(ENVS_LIBRARY)

-include $(OBJECTS:.o=.d) $(ONEDNN_SOURCE:%.c=$(BUILD)/%.d) $(TESTBINS:%=%.d)

# ---- tests ---------------------------------------------------------------------------------------------------------------
TEST_LIMIT ?= 280
BUILD_JOBS  = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS))
AGAIN       = $(MAKE) --no-print-directory

deps:
	@ci/deps.sh $(or $(GROUP),test)

# Packages may appear while `deps` runs, so the building happens in a second make, which looks anew.
test:
	@ci/deps.sh --quiet test
	+@$(AGAIN) $(BUILD_JOBS) run-tests

run-tests: $(BUILD)/engram $(ENVS_LIBRARY) $(TESTBINS) $(ONEDNN)
	@ENGRAM=$(BUILD)/engram ENGRAM_LIBRARY=$(ENVS_LIBRARY) ci/run_tests.sh $(BUILD)/tests $(JOBS) $(TEST_LIMIT) $(TESTBINS)

test-full:
	@ci/deps.sh --quiet full
	+@ENGRAM_TEST_FULL=1 $(AGAIN) test TEST_LIMIT=3600

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
test-sanitize:
	@ci/deps.sh --quiet test
	+@ENGRAM_SANITIZED=1 $(AGAIN) $(BUILD_JOBS) run-tests BUILD=$(BUILD)/sanitize OPT=-O1 EXTRA_CFLAGS="$(SANITIZE) $(EXTRA_CFLAGS)" TEST_LIMIT=1200

coverage:
	@ci/deps.sh --quiet coverage
	@find $(BUILD)/coverage -name '*.gcda' -delete 2>/dev/null || true
	+@$(AGAIN) $(BUILD_JOBS) run-tests BUILD=$(BUILD)/coverage OPT=-O1 EXTRA_CFLAGS="--coverage $(EXTRA_CFLAGS)" \
	    LDFLAGS="-Wl,-u,__gcov_dump $(LDFLAGS)" TEST_LIMIT=1200
	@ci/coverage.sh $(BUILD)/coverage $(BUILD) $(ROOMS)

# Reads the sources only: nothing needs to be built. `format` puts the layout right, which `lint` only checks.
lint:
	@ci/deps.sh --quiet lint
	@JOBS=$(JOBS) ci/lint.sh $(SOURCES) $(if $(ONEDNN),$(ONEDNN_SOURCE)) $(TESTS)

format:
	@clang-format -i $(SOURCES) $(ONEDNN_SOURCE) $(TESTS) $(shell find $(ROOMS) tests -name '*.h')

# ---- the figure and the claims ---------------------------------------------------------------------------------------------
reproduce:
	@ci/deps.sh --quiet run
	+@$(AGAIN) $(BUILD_JOBS) all
	@ci/reproduce.sh $(BUILD)/engram $(JOBS)

# ---- speed -----------------------------------------------------------------------------------------------------------------
# Tables, notes and a figure in results/speed/<kind of CPU>/; without the packages of `ci/deps.sh bench` contenders are missing there.
bench:
	@ci/deps.sh --quiet bench || echo "going on without the contenders that are missing"
	+@$(AGAIN) $(BUILD_JOBS) bench-tables

bench-tables: $(BUILD)/engram $(ONEDNN)
	@for what in kernels drqn envs sequence; do $(BUILD)/engram bench $$what --save || exit; done

# Compares what `make bench` wrote last with results/reference/speed, where that has this kind of CPU.
bench-gate: $(BUILD)/engram
	@$(BUILD)/engram bench gate

# ---- installing ------------------------------------------------------------------------------------------------------------
TO           = $(DESTDIR)$(PREFIX)
CORE_HEADERS = $(filter-out core/store% %.inc.h,$(wildcard core/*.h envs/*.h envs/popgym/*.h))
# Experiments, figure scripts, the contenders of `engram bench`, and the tables and records that claims compare with.
SHARED       = $(shell find benchmarks figures -name '*.yaml' -o -name '*.gp' -o -name '*.py' -o -name '*.csv') \
               $(shell find results/reference -name '*-verdicts.json') \
               $(shell sed -nE 's/^ *(reference|digests): *//p' $$(find benchmarks -name '*.yaml') | sort -u)
install: all core-library $(ONEDNN)
	install -D -m 755 $(BUILD)/engram $(TO)/bin/engram
	@for f in $(ONEDNN); do install -D -m 755 $$f $(TO)/libexec/engram/$${f##*/}; done
	install -D -m 644 $(CORE_LIBRARY) $(TO)/lib/libengram-core.a
	install -D -m 644 $(ENVS_LIBRARY) $(TO)/lib/libengram-envs.so
	install -D -m 644 envs/api.h $(TO)/include/engram/envs.h
	install -D -m 644 python/engram_envs.py $(TO)/share/engram/python/engram_envs.py
	@for f in $(CORE_HEADERS); do install -D -m 644 $$f $(TO)/include/engram/$$f; done
	@for f in $(SHARED); do install -D -m 644 $$f $(TO)/share/engram/$$f; done
	@echo "headers in $(TO)/include/engram, experiments and figure scripts in $(TO)/share/engram"
	@echo "for Python: PYTHONPATH=$(TO)/share/engram/python"

clean:
	rm -rf $(BUILD)

help:
	@sed '/^[^#]/,$$d; s/^# \{0,1\}//; s/^#$$//' Makefile

.PHONY: help deps test run-tests test-full test-sanitize coverage lint format reproduce bench bench-tables bench-gate install clean
