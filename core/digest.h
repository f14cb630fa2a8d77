// SHA-256 (OpenSSL's), in hexadecimal.
#pragma once

#include <stddef.h>

enum { DIGEST_LENGTH = 64, DIGEST_SIZE = DIGEST_LENGTH + 1 };

typedef struct Digest Digest;

Digest *digest_create(void);
void digest_update(Digest *digest, const void *bytes, size_t count);
void digest_finish(Digest *digest, char hex[DIGEST_SIZE]);    // also frees it

void digest_bytes(const void *bytes, size_t count, char hex[DIGEST_SIZE]);
