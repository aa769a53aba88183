using TorchSharp;

namespace MLNetVision.Models.Training.Classification;

/// <summary>Any model that a student learns from.</summary>
/// <param name="pixels">
/// The pictures that the student sees, augmented and mixed: float32 (batch, 3, height, width), RGB from 0 to 1, not yet
/// normalised, on the student's device.
/// </param>
/// <returns>
/// Logits, floating (batch, classes), in the student's order of classes. The logarithms of probabilities are logits too.
/// The training disposes of it.
/// </returns>
/// <remarks>
/// Called on the training thread, once a batch, without gradients. For a repeatable training the teacher must give the
/// same answer to the same pictures.
/// </remarks>
public delegate torch.Tensor DistillationTeacher(torch.Tensor pixels);
