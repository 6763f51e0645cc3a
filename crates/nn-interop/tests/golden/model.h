/* A neural network written by nn-rs 0.1.0.
 * Network: 6-5-4-3 (relu, relu, softmax)
 * C99 or C++11, needs only <math.h> (link with -lm).
 *
 *     float outputs[GOLDEN_OUTPUTS];
 *     golden_predict(features, outputs);
 *     int best = golden_argmax(outputs);
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <math.h>

#define GOLDEN_INPUTS 6
#define GOLDEN_OUTPUTS 3
/* Elements of the widest layer, which bounds the memory a call takes. */
#define GOLDEN_WIDEST 6

static const char *const golden_class_names[GOLDEN_OUTPUTS] = {
    "one",
    "two \"quoted\"",
    "drei \342\200\223 \303\274\077",
};

static const float golden_scale = 3.921569e-3f;

/* Layer 2: 6 inputs, 5 units, relu. */
static const float golden_weights_2[5][6] = {
    {
        -6.8715906e-1f, 1.812612e-1f, -4.3083962e-2f, -8.630887e-1f, 1.0421182e0f, -4.5419374e-1f,
    },
    {
        -8.843085e-1f, 5.4188687e-1f, -7.549402e-2f, -2.8988403e-1f, 4.5213598e-1f, 1.4472848e-1f,
    },
    {
        1.8914887e-1f, -1.5108435e-1f, 1.0751445e-1f, -4.4418022e-1f, -1.7607011e-1f, -1.8719824e-1f,
    },
    {
        -2.4862e-1f, -1.2221409e-2f, -9.341082e-2f, -1.9293945e-1f, 3.9608166e-1f, 1.0430212e0f,
    },
    {
        -9.066276e-3f, -4.7703393e-2f, 2.8908315e-1f, -6.7158794e-1f, -2.4439378e-1f, -3.7944347e-2f,
    },
};
static const float golden_biases_2[5] = {
        1.5416471e0f, 5.052933e-1f, 1.2590703e0f, -1.4614043e0f, -3.548375e-1f,
};

/* Layer 3: 5 inputs, 4 units, relu. */
static const float golden_weights_3[4][5] = {
    {
        4.4221783e-1f, -3.9373973e-1f, 1.2609197e-1f, -1.3891782e0f, -4.1381708e-1f,
    },
    {
        -5.81711e-1f, -1.8003407e-1f, -6.4266247e-1f, -1.20874085e-1f, -8.916184e-1f,
    },
    {
        -2.878727e-1f, -7.011349e-2f, -2.6675618e-1f, 1.4545129e-2f, -6.2738e-2f,
    },
    {
        3.033609e-1f, 5.210866e-1f, 7.821542e-1f, -1.23841375e-1f, -1.8145213e-1f,
    },
};
static const float golden_biases_3[4] = {
        1.276994e0f, -1.292397e0f, -3.3896387e-1f, -2.2619343e0f,
};

/* Layer 4: 4 inputs, 3 units, softmax. */
static const float golden_weights_4[3][4] = {
    {
        -1.7738836e-1f, 1.2558836e-1f, -2.3334973e-1f, 3.2748586e-1f,
    },
    {
        4.240601e-1f, 3.0227867e-1f, -1.3187002e-1f, -1.2982236e-1f,
    },
    {
        4.508406e-1f, -3.2218546e-1f, -2.0135659e-1f, 2.2698179e-1f,
    },
};
static const float golden_biases_4[3] = {
        -2.1349494e-1f, -1.8957824e-2f, -3.938753e-1f,
};

/* z = w x + b; w has a row per unit. */
static void golden_weigh(const float *w, const float *b, int units, int inputs, const float *x, float *z)
{
    for (int j = 0; j < units; j++) {
        float sum = b[j];
        for (int k = 0; k < inputs; k++) {
            sum += w[(long)j * inputs + k] * x[k];
        }
        z[j] = sum;
    }
}

static void golden_relu(float *a, int n)
{
    for (int j = 0; j < n; j++) {
        a[j] = a[j] < 0.0f ? 0.0f : a[j];
    }
}

static void golden_softmax(float *a, int n)
{
    float max = a[0], sum = 0.0f;
    for (int j = 1; j < n; j++) {
        max = a[j] > max ? a[j] : max;
    }
    for (int j = 0; j < n; j++) {
        a[j] = expf(a[j] - max);
        sum += a[j];
    }
    for (int j = 0; j < n; j++) {
        a[j] /= sum;
    }
}

/* Raw features in (GOLDEN_INPUTS), activations of the output layer out (GOLDEN_OUTPUTS). */
static void golden_predict(const float *features, float *outputs)
{
    float a[GOLDEN_WIDEST];
    float b[GOLDEN_WIDEST];
    for (int k = 0; k < GOLDEN_INPUTS; k++) {
        a[k] = features[k] * golden_scale;
    }
    golden_weigh(golden_weights_2[0], golden_biases_2, 5, 6, a, b);
    golden_relu(b, 5);
    golden_weigh(golden_weights_3[0], golden_biases_3, 4, 5, b, a);
    golden_relu(a, 4);
    golden_weigh(golden_weights_4[0], golden_biases_4, 3, 4, a, outputs);
    golden_softmax(outputs, 3);
}

/* The class the outputs stand for: the first of the largest. */
static int golden_argmax(const float *outputs)
{
    int best = 0;
    for (int j = 1; j < GOLDEN_OUTPUTS; j++) {
        if (outputs[j] > outputs[best]) {
            best = j;
        }
    }
    return best;
}

#endif
