#define _POSIX_C_SOURCE 200809L

#include "scratch.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void scratch_make(char *out, size_t size)
{
	const char *base = getenv("TMPDIR");

	if (!base || !base[0]) {
		base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
	}
	(void)snprintf(out, size, "%s/qsg-unit-XXXXXX", base);
	ck_assert_ptr_nonnull(mkdtemp(out));
}
