#include "app/optable.h"

struct optable optable_policy(void)
{
	return (struct optable){ NULL, 0 };
}
