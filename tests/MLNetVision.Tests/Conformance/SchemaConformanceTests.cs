using Microsoft.ML;
using Microsoft.ML.Data;
using MLNetVision.Internals;

namespace MLNetVision.Tests.Conformance;

/// <summary>Rules 1 to 5 and 16 of what ML.NET expects of an estimator and its transformer.</summary>
[TestClass]
public sealed class SchemaConformanceTests
{
    private static MLContext Ml => FittedSubjects.Context;

    public static IEnumerable<object[]> Subjects => ConformanceSubjects.Names;

    public static IEnumerable<object[]> Classifiers => ConformanceSubjects.Classifiers;

    public static IEnumerable<object[]> Trainers => ConformanceSubjects.Trainers;

    [TestMethod, DynamicData(nameof(Subjects))]
    public void OutputShape_OfEstimator_EqualsThatOfTransformer(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        IDataView data = ConformanceData.Create(Ml, subject.Form);
        SchemaShape promised = subject.Create(Ml).GetOutputSchema(SchemaShapes.Of(data.Schema));
        SchemaShape delivered = SchemaShapes.Of(FittedSubjects.Get(subject).GetOutputSchema(data.Schema));
        CollectionAssert.AreEqual(Describe(promised), Describe(delivered));
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void OutputSchema_FromEveryWay_IsTheSame(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        IDataView data = ConformanceData.Create(Ml, subject.Form);
        ITransformer transformer = FittedSubjects.Get(subject);
        DataViewSchema schema = transformer.GetOutputSchema(data.Schema);
        CollectionAssert.AreEqual(subject.OutputColumns, schema.Skip(data.Schema.Count).Select(column => column.Name).ToArray());
        AssertSame(schema, transformer.Transform(data).Schema);
        AssertSame(schema, transformer.GetRowToRowMapper(data.Schema).OutputSchema);
        AssertSame(schema, Reload(transformer, data.Schema).GetOutputSchema(data.Schema));
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void ImageColumn_MissingOrOfWrongType_IsRefusedEverywhere(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        IDataView data = ConformanceData.Create(Ml, subject.Form);
        IDataView missing = Ml.Transforms.DropColumns("Image").Fit(data).Transform(data);
        IDataView wrong = Ml.Transforms.CopyColumns("Image", "Id").Fit(data).Transform(data);
        foreach (IDataView invalid in new[] { missing, wrong })
        {
            IEstimator<ITransformer> estimator = subject.Create(Ml);
            ITransformer transformer = FittedSubjects.Get(subject);
            Action[] uses =
            [
                () => estimator.GetOutputSchema(SchemaShapes.Of(invalid.Schema)),
                () => estimator.Fit(invalid),
                () => transformer.GetOutputSchema(invalid.Schema),
                () => transformer.Transform(invalid),
                () => transformer.GetRowToRowMapper(invalid.Schema),
            ];
            foreach (Action use in uses)
            {
                ArgumentOutOfRangeException error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(use);
                StringAssert.Contains(error.Message, "Schema mismatch for image column 'Image': expected");
                Assert.IsTrue(invalid.Schema.GetColumnOrNull("Image") is not null || error.Message.Contains(" There are '", StringComparison.Ordinal), error.Message);
            }
        }
    }

    [TestMethod, DynamicData(nameof(Trainers))]
    public void LabelColumn_MissingOrOfWrongType_IsRefusedByTheTrainer(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        IDataView data = ConformanceData.Create(Ml, subject.Form);
        IDataView missing = Ml.Transforms.DropColumns(subject.LabelColumn).Fit(data).Transform(data);
        IDataView wrong = Ml.Transforms.CopyColumns(subject.LabelColumn, "Name").Fit(data).Transform(data);
        foreach (IDataView invalid in new[] { missing, wrong })
        {
            IEstimator<ITransformer> estimator = subject.Create(Ml);
            foreach (Action use in new Action[] { () => estimator.GetOutputSchema(SchemaShapes.Of(invalid.Schema)), () => estimator.Fit(invalid) })
            {
                StringAssert.Contains(Assert.ThrowsExactly<ArgumentOutOfRangeException>(use).Message, $"Schema mismatch for label column '{subject.LabelColumn}': expected");
            }
        }
    }

    [TestMethod, DynamicData(nameof(Trainers))]
    public void Scoring_WithoutLabelColumn_Works(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        IDataView data = ConformanceData.Create(Ml, subject.Form, rows: 3);
        IDataView unlabelled = Ml.Transforms.SelectColumns("Image").Fit(data).Transform(data);
        ITransformer transformer = FittedSubjects.Get(subject);
        ViewReader.AssertEqual(
            ViewReader.ReadAll(transformer.Transform(data), subject.OutputColumns), ViewReader.ReadAll(transformer.Transform(unlabelled), subject.OutputColumns), name);
    }

    [TestMethod, DynamicData(nameof(Subjects))]
    public void Pictures_InEachForm_GiveTheSameScores(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        ITransformer transformer = FittedSubjects.Get(subject);
        List<object?[]> expected = ViewReader.ReadAll(transformer.Transform(ConformanceData.Create(Ml, subject.Form)), subject.OutputColumns);
        foreach (PictureForm form in Enum.GetValues<PictureForm>())
        {
            ViewReader.AssertEqual(expected, ViewReader.ReadAll(transformer.Transform(ConformanceData.Create(Ml, form)), subject.OutputColumns), $"{name} with {form}");
        }
    }

    [TestMethod, DynamicData(nameof(Classifiers))]
    public void Annotations_OfClassifier_AreThoseOfMulticlassClassification(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        DataViewSchema schema = FittedSubjects.Get(subject).GetOutputSchema(ConformanceData.Create(Ml, subject.Form).Schema);
        DataViewSchema.Column score = schema[subject.ScoreColumn!];
        DataViewSchema.Column label = schema[subject.PredictedLabelColumn!];
        Assert.IsTrue(score.Type is VectorDataViewType { IsKnownSize: true, Size: 3 } vector && vector.ItemType == NumberDataViewType.Single);
        foreach (DataViewSchema.Column column in new[] { score, label })
        {
            Assert.AreEqual("MulticlassClassification", ViewReader.Annotation(column.Annotations, "ScoreColumnKind"));
            Assert.AreEqual(1u, ViewReader.Annotation(column.Annotations, "ScoreColumnSetId"));
        }

        Assert.AreEqual("Score", ViewReader.Annotation(score.Annotations, "ScoreValueKind"));
        string[] slots = (string[])ViewReader.Annotation(score.Annotations, "SlotNames")!;
        Assert.AreEqual(3, slots.Length);
        Assert.IsNotNull(score.Annotations.Schema.GetColumnOrNull("TrainingLabelValues"));
        Assert.IsTrue(label.Type is KeyDataViewType { Count: 3 });
        if (subject.ClassNames is null)
        {
            Assert.IsNull(label.Annotations.Schema.GetColumnOrNull("KeyValues"));
            return;
        }

        CollectionAssert.AreEqual(subject.ClassNames, slots);
        var values = (Array)ViewReader.Annotation(label.Annotations, "KeyValues")!;
        CollectionAssert.AreEqual(subject.ClassNames, values.Cast<object>().Select(value => value.ToString()).ToArray());
        CollectionAssert.AreEqual(values, (Array)ViewReader.Annotation(score.Annotations, "TrainingLabelValues")!);
    }

    [TestMethod, DynamicData(nameof(Classifiers))]
    public void ScoreColumnSet_BesideAnotherClassifier_HasTheNextNumber(string name)
    {
        ConformanceSubject subject = ConformanceSubjects.Get(name);
        ITransformer transformer = FittedSubjects.Get(subject);
        DataViewSchema twice = transformer.GetOutputSchema(transformer.GetOutputSchema(ConformanceData.Create(Ml, subject.Form).Schema));
        Assert.AreEqual(2u, ViewReader.Annotation(twice[subject.ScoreColumn!].Annotations, "ScoreColumnSetId"));
    }

    internal static ITransformer Reload(ITransformer transformer, DataViewSchema schema)
    {
        using var file = new MemoryStream();
        Ml.Model.Save(transformer, schema, file);
        file.Position = 0;
        return new MLContext().Model.Load(file, out _);
    }

    /// <summary>Names, types and the values of all annotations.</summary>
    internal static void AssertSame(DataViewSchema expected, DataViewSchema actual)
    {
        Assert.AreEqual(expected.Count, actual.Count);
        foreach ((DataViewSchema.Column want, DataViewSchema.Column got) in expected.Zip(actual))
        {
            Assert.AreEqual(want.Name, got.Name);
            Assert.AreEqual(want.Type, got.Type, want.Name);
            Assert.AreEqual(want.IsHidden, got.IsHidden, want.Name);
            CollectionAssert.AreEqual(Kinds(want), Kinds(got), want.Name);
            foreach (string kind in Kinds(want))
            {
                ViewReader.AssertEqual(ViewReader.Annotation(want.Annotations, kind), ViewReader.Annotation(got.Annotations, kind), $"{want.Name}: {kind}");
            }
        }
    }

    private static string[] Kinds(DataViewSchema.Column column) => [.. column.Annotations.Schema.Select(annotation => annotation.Name)];

    // Sorted: a shape has no order. Annotations are compared both ways, since all of them are written down.
    private static string[] Describe(SchemaShape shape) => [.. shape.Select(Describe).Order(StringComparer.Ordinal)];

    private static string Describe(SchemaShape.Column column) =>
        $"{column.Name}: {SchemaShapes.Describe(column)} [{string.Join(", ", Describe(column.Annotations))}]";
}
