// What changes topics that are there, as a kafkajs program does it.
const { ConfigResourceTypes } = require('kafkajs')
const { kafka, expect, isRefused, read, run } = require('./kafkajs_checks.js')

run(async () => {
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'changed', numPartitions: 1 }] })
  expect(await admin.createPartitions({ topicPartitions: [{ topic: 'changed', count: 3 }] }) !== false, 'partitions are added')
  const described = await admin.fetchTopicMetadata({ topics: ['changed'] })
  expect(described.topics[0].partitions.length === 3, 'it has three')
  const fewer = admin.createPartitions({ topicPartitions: [{ topic: 'changed', count: 2 }] })
  expect(await isRefused(fewer, 'INVALID_PARTITIONS'), 'it cannot have fewer')

  const type = ConfigResourceTypes.TOPIC
  await admin.alterConfigs({ resources: [{ type, name: 'changed', configEntries: [{ name: 'retention.ms', value: '5000' }] }] })
  const configs = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name: 'changed' }] })
  expect(configs.resources[0].configEntries.find(e => e.configName === 'retention.ms').configValue === '5000', 'a setting is changed')

  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'changed', messages: [0, 1, 2, 3].map(i => ({ partition: 2, value: `${i}` })) })
  await admin.deleteTopicRecords({ topic: 'changed', partitions: [{ partition: 2, offset: '3' }] })
  expect((await read('changed', 1))[0].value.toString() === '3', 'records are deleted')
  await producer.disconnect()
  await admin.disconnect()
})
