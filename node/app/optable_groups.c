#include "app/optable.h"

struct optable optable_groups(void)
{
	return (struct optable){ NULL, 0 };
}
