#include "core/digest.h"

#include <assert.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "core/arena.h"

// OpenSSL fails here only when it is out of memory or misused: neither is the user's mistake.
struct Digest {
    EVP_MD_CTX *context;
};

Digest *digest_create(void) {
    Digest *digest = memory_alloc(sizeof *digest);
    digest->context = EVP_MD_CTX_new();
    assert(digest->context);
    int done = EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL);
    assert(done == 1);
    (void)done;
    return digest;
}

void digest_update(Digest *digest, const void *bytes, size_t count) {
    if (count == 0) return;
    int done = EVP_DigestUpdate(digest->context, bytes, count);
    assert(done == 1);
    (void)done;
}

void digest_finish(Digest *digest, char hex[DIGEST_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    int done = EVP_DigestFinal_ex(digest->context, raw, &length);
    assert(done == 1 && 2 * length == DIGEST_LENGTH);
    (void)done;
    for (unsigned int i = 0; i < length; i++) {
        hex[2 * i] = digits[raw[i] >> 4];
        hex[2 * i + 1] = digits[raw[i] & 15];
    }
    hex[DIGEST_LENGTH] = '\0';
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

void digest_bytes(const void *bytes, size_t count, char hex[DIGEST_SIZE]) {
    Digest *digest = digest_create();
    digest_update(digest, bytes, count);
    digest_finish(digest, hex);
}
