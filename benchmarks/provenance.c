#include "benchmarks/provenance.h"

#include <assert.h>
#include <cblas.h>
#include <gsl/gsl_version.h>
#include <hdf5.h>
#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <yaml.h>

#include "core/kernels.h"
#include "core/revision.h"

void provenance_add(Provenance *provenance, const char *name, const char *format, ...) {
    assert(provenance->count < PROVENANCE_LIMIT);
    char *text = provenance->texts[provenance->count];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, PROVENANCE_TEXT_SIZE, format, arguments);
    va_end(arguments);
    provenance->attributes[provenance->count++] = (StoreAttribute){name, text};
}

static void add_cpu(Provenance *provenance) {
    char line[512], model[PROVENANCE_TEXT_SIZE] = "unknown";
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && fgets(line, sizeof line, file)) {
        if (strncmp(line, "model name", 10) != 0) continue;
        const char *colon = strchr(line, ':');
        if (colon) snprintf(model, sizeof model, "%.*s", (int)strcspn(colon + 1, "\n"), colon + 1 + (colon[1] == ' '));
        break;
    }
    if (file) fclose(file);
    model[strcspn(model, "\n")] = '\0';
    provenance_add(provenance, "cpu", "%s", model);
}

void provenance_machine(Provenance *provenance, const Config *config) {
    provenance_add(provenance, "compiler", "%s", revision_compiler());
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    provenance_add(provenance, "hdf5", "%u.%u.%u", major, minor, release);
    provenance_add(provenance, "gsl", "%s", gsl_version);
    provenance_add(provenance, "openblas", "%s", openblas_get_config());
    provenance_add(provenance, "libyaml", "%s", yaml_get_version_string());
    provenance_add(provenance, "openssl", "%s", OpenSSL_version(OPENSSL_VERSION));
    struct utsname system;
    if (uname(&system) == 0) provenance_add(provenance, "system", "%s %s %s", system.sysname, system.release, system.machine);
    add_cpu(provenance);
    char text[PARAM_TEXT_SIZE];
    if (config_get(config, "run.arithmetic", text)) provenance_add(provenance, "arithmetic", "%s", text);
    if (config_get(config, "run.precision", text)) provenance_add(provenance, "precision", "%s", text);
    provenance_add(provenance, "kernels", "%s", kernels_for(DTYPE_F32)->path);
}

void provenance_now(Provenance *provenance, const char *name) {
    time_t now = time(NULL);
    struct tm utc;
    char text[32];
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    provenance_add(provenance, name, "%s", text);
}

double provenance_peak_mib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;    // Linux counts in KiB
}
