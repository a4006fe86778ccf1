#include "domain/picture_roots.h"

#include <stdlib.h>

enum err picture_roots(
    struct picture *picture, picture_next next, size_t *roots)
{
	size_t *path = calloc(picture->count + 1, sizeof *path);

	if (path == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < picture->count; i++)
		roots[i] = PICTURE_NONE;
	for (size_t i = 0; i < picture->count; i++) {
		size_t depth = 0;
		size_t at = i;
		size_t root = i;

		while (at != PICTURE_NONE && roots[at] == PICTURE_NONE) {
			/* Were there a circle, it would end here. */
			roots[at] = at;
			path[depth++] = at;
			root = at;
			at = next(picture, at);
			picture->links++;
		}
		if (at != PICTURE_NONE)
			root = roots[at];
		while (depth > 0)
			roots[path[--depth]] = root;
	}
	free(path);
	return ERR_OK;
}
