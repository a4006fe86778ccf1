#include "store/grow.h"

#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 16 };

enum err grow_array(void **array, size_t *capacity, size_t need, size_t item)
{
	size_t larger = *capacity == 0 ? FIRST_CAPACITY : *capacity;
	if (need <= *capacity) {
		return ERR_OK;
	}
	if (need > SIZE_MAX / 2 / item) {
		return err_set(ERR_MEM, "out of memory");
	}
	while (larger < need) {
		larger *= 2;
	}
	void *made = calloc(larger, item);
	if (made == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	if (*array != NULL) {
		memcpy(made, *array, *capacity * item);
		grow_wipe(*array, *capacity * item);
	}
	*array = made;
	*capacity = larger;
	return ERR_OK;
}

void grow_wipe(void *array, size_t bytes)
{
	if (array != NULL) {
		sodium_memzero(array, bytes);
		free(array);
	}
}
